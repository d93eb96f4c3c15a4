using MatrixEdge.Benchmarks.Peers;

namespace MatrixEdge.Benchmarks.Works;

/// <summary>GET over connections that stay open, by wrk.</summary>
internal sealed record Http11Work(string Name, string Title, string Path) : Work(Name, Title, "request")
{
    public override string About => $"wrk, {Wrk.Connections} connections that stay open, one thread";

    public override Task<Load> RunAsync(Peer peer, Stage stage, TimeSpan duration, CancellationToken stop) =>
        Wrk.RunAsync(peer, stage, Path, duration, stop);
}
