using System.Diagnostics;
using MatrixEdge.Benchmarks.Peers;

namespace MatrixEdge.Benchmarks.Works;

/// <summary>
/// New connections with a full handshake and one GET over HTTP/1.1 each, by h2load: it shares no TLS session between its
/// connections, as wrk would.
/// </summary>
internal sealed record ConnectionsWork(string Name, string Title, string Path) : Work(Name, Title, "connection")
{
    private const int AtOnce = 100;

    // A handshake costs the client more than the peers; with one thread the figures per second would be its own.
    private const int Threads = 2;

    public override string About => $"h2load, {AtOnce} at once, again and again; full handshakes only, one HTTP/1.1 request each, {Threads} threads";

    public override async Task<Load> RunAsync(Peer peer, Stage stage, TimeSpan duration, CancellationToken stop)
    {
        var (connections, elapsed) = (0.0, TimeSpan.Zero);
        for (var watch = Stopwatch.StartNew(); watch.Elapsed < duration;)
        {
            var load = await H2Load.RunAsync(
                peer, stage, Path, Patience.Spare, stop, $"--threads={Threads}", "--h1", $"--clients={AtOnce}", $"--requests={AtOnce}");
            connections += load.Units;
            elapsed += load.Elapsed; // without h2load's own start
        }

        return new Load(connections, elapsed);
    }
}
