using MatrixEdge.Benchmarks.Peers;

namespace MatrixEdge.Benchmarks.Works;

/// <summary>GET over connections that stay open, several at a time on each, by h2load.</summary>
internal sealed record Http2Work(string Name, string Title, string Path) : Work(Name, Title, "request")
{
    private const int Connections = 32;
    private const int Streams = 4;

    public override string About => $"h2load, {Connections} connections that stay open, {Streams} streams each, one thread";

    public override Task<Load> RunAsync(Peer peer, Stage stage, TimeSpan duration, CancellationToken stop) => H2Load.RunAsync(
        peer, stage, Path, duration + Patience.Spare, stop,
        "--threads=1", $"--clients={Connections}", $"--max-concurrent-streams={Streams}", $"--duration={duration.TotalSeconds:0}");
}
