using System.Globalization;
using MatrixEdge.Benchmarks.Backend;
using MatrixEdge.Benchmarks.Clients;
using MatrixEdge.Benchmarks.Peers;
using MatrixEdge.Benchmarks.Reporting;

namespace MatrixEdge.Benchmarks.Figures;

/// <summary>
/// How long clients wait when a peer is busy, and not overloaded: first what each can do at most for this client, then the
/// latencies at a part of that.
/// </summary>
internal sealed class LatencyFigures(Stage stage, IReadOnlyList<Contender> contenders, PeersOptions options) : IFigures
{
    public const string Name = "latency";

    private const double Share = 0.6;

    public IEnumerable<(string Name, string About)> About =>
    [
        (Name,
            $"a client of this program, {PaceCommand.Connections} connections that stay open, one thread: first as fast as the answers come, then at {Share:P0} of the median of that; "
            + "latency from the planned time of each request, late or not"),
    ];

    public async Task<IReadOnlyList<Row>> RunAsync(Problems problems, CancellationToken stop)
    {
        await using var running = await RunningPeers.StartAsync(contenders, stage, stop);
        var peers = running.All;
        if (options.WarmUp > TimeSpan.Zero)
            await RoundsAsync(peers, 1, "warm-up", _ => 0, options.WarmUp, problems, stop);
        var most = await RoundsAsync(peers, options.Rounds, "saturation", _ => 0, options.Duration, problems, stop);
        var paced = await RoundsAsync(
            peers, options.Rounds, "paced", peer => most[peer].Count > 0 ? Share * Median.Of(most[peer].Select(result => result.PerSecond)) : null,
            options.Duration, problems, stop);
        return
        [
            Row($"proxied GET, HTTP/1.1 at {Share:P0} of own saturation: p50, ms", result => result.Half.TotalMilliseconds),
            Row("… p99, ms", result => result.Most.TotalMilliseconds),
            Row("… at requests per second", result => result.PerSecond),
        ];

        Row Row(string title, Func<PacedResult, double> figure) => new(title, [.. peers.Select(peer => paced[peer].ConvertAll(result => figure(result)))]);
    }

    // With a rate of null there is nothing to measure: what it comes from has failed.
    private static async Task<Dictionary<Peer, List<PacedResult>>> RoundsAsync(
        IReadOnlyList<Peer> peers, int rounds, string what, Func<Peer, double?> rate, TimeSpan duration, Problems problems, CancellationToken stop)
    {
        var results = peers.ToDictionary(peer => peer, _ => new List<PacedResult>());
        for (var round = 1; round <= rounds; round++)
        {
            foreach (var peer in peers)
            {
                if (rate(peer) is not { } perSecond)
                    continue;

                var result = await problems.TryAsync(
                    $"latency, {peer.Name}, {what}, round {round}", () => PaceCommand.RunAsync(peer, BackendAnswers.SmallPath, perSecond, duration, stop));
                peer.EmptyAccessLog();
                if (result is null)
                    continue;

                results[peer].Add(result);
                await Console.Error.WriteLineAsync(string.Create(
                    CultureInfo.InvariantCulture,
                    $"round {round} of {rounds}: latency, {what}, {peer.Name}: {result.PerSecond:#,0} request/s, p50 {result.Half.TotalMilliseconds:0.00} ms, p99 {result.Most.TotalMilliseconds:0.00} ms, all within {result.All.TotalMilliseconds:0.0} ms"));
            }
        }

        return results;
    }
}
