using MatrixEdge.Benchmarks.Processes;

namespace MatrixEdge.Benchmarks.Peers;

/// <summary>A proxy that can be started any number of times, each time in a folder and on ports of its own.</summary>
/// <param name="Name">One of <see cref="PeerNames"/>.</param>
/// <param name="About">Its version and how it works in parallel.</param>
/// <param name="Template">The name of its configuration.</param>
/// <param name="Arguments">What follows the program: from the folder and the path of the configuration in it.</param>
/// <param name="AccessLog">The file in the folder that gets a line for each request.</param>
internal sealed record Contender(
    string Name, string About, string Template, CommandLine Program, Func<string, string, string[]> Arguments, string AccessLog)
{
    /// <summary>The file in the folder that gets what the program says on standard output.</summary>
    public const string Output = "output.log";

    /// <summary>Makes all ready that a start needs and does not belong to it.</summary>
    /// <returns>Starts the process; whoever calls it disposes of the peer.</returns>
    public Func<Peer> Prepare(Stage stage)
    {
        var folder = stage.Folder.Make(Name);
        var (configuration, ports) = stage.Configure(Template, folder);
        var command = Program.With(Arguments(folder, configuration));
        return () => new Peer(
            Name, About, ChildProcess.Start(Name, command, Path.Combine(folder, Output), Path.Combine(folder, "errors.log")), ports,
            Path.Combine(folder, AccessLog));
    }
}
