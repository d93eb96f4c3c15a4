using MatrixEdge.Benchmarks.Processes;

namespace MatrixEdge.Benchmarks.Peers;

/// <summary>How each peer is started, and what it says it is.</summary>
internal static class Contenders
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    /// <summary>All, in the order of <see cref="PeerNames"/>.</summary>
    public static async Task<IReadOnlyList<Contender>> FindAsync(Stage stage, string gateway, CancellationToken stop) =>
        [await GatewayAsync(gateway, stop), await NginxAsync(stage, stop), await HAProxyAsync(stage, stop), await CaddyAsync(stage, stop)];

    public static async Task<Contender> GatewayAsync(string program, CancellationToken stop)
    {
        var command = new CommandLine(program);
        var version = string.Join(", ", await VersionAsync(command.With("version"), stop));
        return new Contender(
            PeerNames.Gateway, $"{version}; thread pool and garbage collector as published", "appsettings.json", command,
            (_, configuration) => ["serve", "--config", configuration], Contender.Output);
    }

    private static async Task<Contender> NginxAsync(Stage stage, CancellationToken stop)
    {
        var version = (await VersionAsync(stage.Tools.Nginx.With("-v"), stop))[0].Replace("nginx version: ", "", StringComparison.Ordinal);
        return new Contender(
            PeerNames.Nginx, $"{version}; worker_processes auto", "nginx.conf", stage.Tools.Nginx,
            (folder, configuration) => ["-p", folder, "-e", Path.Combine(folder, "nginx.start.log"), "-c", configuration], "nginx.access.log");
    }

    private static async Task<Contender> HAProxyAsync(Stage stage, CancellationToken stop)
    {
        var version = (await VersionAsync(stage.Tools.HAProxy.With("-v"), stop))[0].Replace("HAProxy version ", "haproxy ", StringComparison.Ordinal);
        return new Contender(
            PeerNames.HAProxy, $"{version.Split(" - ")[0]}; nbthread as by default", "haproxy.cfg", stage.Tools.HAProxy,
            (_, configuration) => ["-db", "-f", configuration], Contender.Output);
    }

    private static async Task<Contender> CaddyAsync(Stage stage, CancellationToken stop)
    {
        // Nothing of it may land in the home of whoever measures.
        var home = stage.Folder.Make("caddy-home");
        var homes = new[] { "HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME" }.Select(name => KeyValuePair.Create(name, (string?)home));
        var command = stage.Tools.Caddy with { Environment = new Dictionary<string, string?>(homes) };
        var version = (await VersionAsync(command.With("version"), stop))[0];
        return new Contender(
            PeerNames.Caddy, $"caddy {version}; GOMAXPROCS as by default", "Caddyfile", command,
            (_, configuration) => ["run", "--adapter", "caddyfile", "--config", configuration], "caddy.access.log");
    }

    private static async Task<string[]> VersionAsync(CommandLine command, CancellationToken stop) =>
        (await Command.RunAsync(command, Patience, stop)).Trim().Split('\n');
}
