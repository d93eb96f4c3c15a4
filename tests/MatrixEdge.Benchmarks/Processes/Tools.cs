using System.Runtime.InteropServices;

namespace MatrixEdge.Benchmarks.Processes;

/// <summary>
/// The programs that are not ours: the load generators of this machine, and the peers in the Debian sid root that
/// <c>tests/provision</c> makes.
/// </summary>
internal sealed record Tools(string Wrk, string H2Load, string Curl, CommandLine Nginx, CommandLine HAProxy, CommandLine Caddy)
{
    /// <summary>Throws when any is missing, naming all that are.</summary>
    public static Tools Find()
    {
        var root = Path.Combine(ToolsFolder(), "sid");
        var missing = new List<string>();
        var tools = new Tools(
            OnPath("wrk"), OnPath("h2load"), OnPath("curl"), InRoot("usr/sbin/nginx"), InRoot("usr/sbin/haproxy"), InRoot("usr/bin/caddy"));
        return missing.Count == 0
            ? tools
            : throw new BenchmarkException(
                $"Missing: {string.Join(", ", missing)}. "
                + $"Run tests/provision, which installs the load generators and makes the root with nginx, HAProxy and Caddy in {root}");

        string OnPath(string name)
        {
            var found = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries)
                .Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists);
            if (found is null)
                missing.Add(name);
            return found ?? name;
        }

        // With the root's own loader and libraries, which are newer than this machine's; no right to chroot is needed.
        CommandLine InRoot(string path)
        {
            var program = Path.Combine(root, path);
            if (!File.Exists(program))
                missing.Add(Path.GetFileName(path));

            var (loader, libraries) = RuntimeInformation.ProcessArchitecture == Architecture.Arm64
                ? ("usr/lib/ld-linux-aarch64.so.1", "usr/lib/aarch64-linux-gnu")
                : ("usr/lib64/ld-linux-x86-64.so.2", "usr/lib/x86_64-linux-gnu");
            return new CommandLine(
                Path.Combine(root, loader), ["--library-path", Path.Combine(root, libraries), program],
                new Dictionary<string, string?> { ["OPENSSL_CONF"] = Path.Combine(root, "etc/ssl/openssl.cnf") });
        }
    }

    private static string ToolsFolder()
    {
        if (Environment.GetEnvironmentVariable("MATRIXEDGE_TOOLS") is { Length: > 0 } chosen)
            return chosen;

        var cache = Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } xdg
            ? xdg
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache");
        return Path.Combine(cache, "matrixedge-tools");
    }
}
