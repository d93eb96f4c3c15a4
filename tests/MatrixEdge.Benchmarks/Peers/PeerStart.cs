using MatrixEdge.Benchmarks.Processes;

namespace MatrixEdge.Benchmarks.Peers;

/// <summary>Starts the peers, each with its file of configuration in this folder.</summary>
internal sealed class PeerStart(Stage stage, PeerClient client)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromMilliseconds(50);

    public async Task<Peer> GatewayAsync(string program, CancellationToken stop)
    {
        var (configuration, port) = stage.Configure("appsettings.json");
        var command = new CommandLine(program, [], new Dictionary<string, string?> { ["DOTNET_ROOT"] = DotnetRoot() });
        var version = string.Join(", ", await VersionAsync(command.With("version"), stop));
        return await StartAsync(
            PeerNames.Gateway, $"{version}; thread pool and garbage collector as published",
            command.With("serve", "--config", configuration), port, stage.Folder.File("gateway.output.log"), stop);
    }

    public async Task<Peer> NginxAsync(CancellationToken stop)
    {
        var (configuration, port) = stage.Configure("nginx.conf");
        var command = stage.Tools.Nginx;
        var version = (await VersionAsync(command.With("-v"), stop))[0].Replace("nginx version: ", "", StringComparison.Ordinal);
        return await StartAsync(
            PeerNames.Nginx, $"{version}; worker_processes auto",
            command.With("-p", stage.Folder.Path, "-e", stage.Folder.File("nginx.start.log"), "-c", configuration), port,
            stage.Folder.File("nginx.access.log"), stop);
    }

    public async Task<Peer> CaddyAsync(CancellationToken stop)
    {
        var (configuration, port) = stage.Configure("Caddyfile");

        // Nothing of it may land in the home of whoever measures.
        var homes = new[] { "HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME" }.Select(name => KeyValuePair.Create(name, (string?)stage.Folder.File("caddy")));
        var command = stage.Tools.Caddy with { Environment = new Dictionary<string, string?>(homes) };
        var version = (await VersionAsync(command.With("version"), stop))[0];
        return await StartAsync(
            PeerNames.Caddy, $"caddy {version}; GOMAXPROCS as by default",
            command.With("run", "--adapter", "caddyfile", "--config", configuration), port, stage.Folder.File("caddy.access.log"), stop);
    }

    private static async Task<string[]> VersionAsync(CommandLine command, CancellationToken stop) =>
        (await Command.RunAsync(command, Patience, stop)).Trim().Split('\n');

    private async Task<Peer> StartAsync(string name, string about, CommandLine command, int port, string accessLog, CancellationToken stop)
    {
        // Whatever the program says on standard output; for the gateway that is its access log.
        var output = name == PeerNames.Gateway ? accessLog : stage.Folder.File($"{name}.output.log");
        var peer = new Peer(name, about, ChildProcess.Start(name, command, output, stage.Folder.File($"{name}.errors.log")), port, accessLog);
        try
        {
            await FirstAnswerAsync(peer, stop);
            return peer;
        }
        catch
        {
            await peer.DisposeAsync();
            throw;
        }
    }

    private async Task FirstAnswerAsync(Peer peer, CancellationToken stop)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(stop);
        patience.CancelAfter(Patience);
        while (true)
        {
            try
            {
                peer.Process.ThrowIfEnded();
                if (await client.AnswersAsync(peer, patience.Token))
                    return;
                await Task.Delay(BetweenLooks, patience.Token);
            }
            catch (OperationCanceledException) when (!stop.IsCancellationRequested)
            {
                throw new BenchmarkException($"{peer.Name} does not answer {Patience.TotalSeconds:0} s after its start");
            }
        }
    }

    // A published program that is not self-contained looks for the runtime; this one runs on it.
    private static string DotnetRoot() =>
        Environment.GetEnvironmentVariable("DOTNET_ROOT") is { Length: > 0 } chosen
            ? chosen
            : Path.GetFullPath(Path.Combine(Path.GetDirectoryName(typeof(object).Assembly.Location)!, "..", "..", ".."));
}
