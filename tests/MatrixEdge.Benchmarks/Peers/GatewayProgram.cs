using MatrixEdge.Benchmarks.Processes;

namespace MatrixEdge.Benchmarks.Peers;

/// <summary>The gateway as it is published for operators.</summary>
internal static class GatewayProgram
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(4);

    /// <returns>The published program.</returns>
    public static async Task<string> PublishAsync(string folder, CancellationToken stop)
    {
        // No server of the build may stay behind.
        await Command.RunAsync(
            new CommandLine(
                "dotnet", "publish", Path.Combine(FindRepository(), "src", "MatrixEdge"), "--configuration", "Release",
                "--runtime", System.Runtime.InteropServices.RuntimeInformation.RuntimeIdentifier, "--self-contained", "false", "--output", folder,
                "-nodeReuse:false", "-p:UseSharedCompilation=false", "--verbosity", "quiet"),
            Patience, stop);
        return Path.Combine(folder, "matrixedge");
    }

    private static string FindRepository()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "MatrixEdge.sln")))
                return folder.FullName;
        }

        throw new BenchmarkException($"No MatrixEdge.sln above {AppContext.BaseDirectory}; publish the gateway yourself and name it with --gateway");
    }
}
