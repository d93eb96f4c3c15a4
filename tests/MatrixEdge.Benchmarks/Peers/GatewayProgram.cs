using MatrixEdge.Benchmarks.Processes;

namespace MatrixEdge.Benchmarks.Peers;

/// <summary>The gateway as it is published for operators.</summary>
internal static class GatewayProgram
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    /// <summary>The program to measure: the chosen one, or that of this repository, published for it.</summary>
    /// <exception cref="BenchmarkException">The chosen one is not there, or publishing failed.</exception>
    public static async Task<string> FindAsync(FileInfo? chosen, TemporaryFolder folder, CancellationToken stop)
    {
        if (chosen is { Exists: false })
            throw new BenchmarkException($"There is no {chosen.FullName}; publish the gateway, or leave --gateway out");
        if (chosen is not null)
            return chosen.FullName;

        await Console.Error.WriteLineAsync("publishing the gateway");
        return await PublishAsync(folder.File("gateway"), stop);
    }

    private static async Task<string> PublishAsync(string folder, CancellationToken stop)
    {
        // No server of the build may stay behind.
        await Processes.Command.RunAsync(
            new CommandLine(
                "dotnet", "publish", Path.Combine(FindRepository(), "src", "MatrixEdge"), "--configuration", "Release",
                "--runtime", System.Runtime.InteropServices.RuntimeInformation.RuntimeIdentifier, "--output", folder,
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
