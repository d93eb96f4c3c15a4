using System.Globalization;
using MatrixEdge.Benchmarks.Peers;
using MatrixEdge.Benchmarks.Processes;
using MatrixEdge.Benchmarks.Reporting;
using MatrixEdge.Benchmarks.Works;

namespace MatrixEdge.Benchmarks.Figures;

/// <summary>
/// Every work on every peer in turn, round after round, so that what else the machine does meanwhile strikes all alike. While
/// one is measured, the others have nothing to do.
/// </summary>
internal sealed class WorkFigures(Stage stage, IReadOnlyList<Contender> contenders, PeersOptions options) : IFigures
{
    // What a peer does after its last answer (the log, above all) counts, too.
    private static readonly TimeSpan Aftermath = TimeSpan.FromMilliseconds(100);

    private readonly Dictionary<Work, List<double>> allocated = options.Works.ToDictionary(work => work, _ => new List<double>());

    public IEnumerable<(string Name, string About)> About => options.Works.Select(work => (work.Name, work.About));

    public IEnumerable<string> Notes => allocated.Where(pair => pair.Value.Count > 0)
        .Select(pair => string.Create(CultureInfo.InvariantCulture, $"{pair.Key.Title}: the gateway allocates {Median.Of(pair.Value):#,0} bytes per request."));

    public async Task<IReadOnlyList<Row>> RunAsync(Problems problems, CancellationToken stop)
    {
        await using var running = await RunningPeers.StartAsync(contenders, stage, stop);
        var peers = running.All;
        (Work Work, Peer Peer)[] turns = [.. options.Works.SelectMany(work => peers.Select(peer => (work, peer)))];
        if (options.WarmUp > TimeSpan.Zero)
        {
            foreach (var (work, peer) in turns)
                await problems.TryAsync($"{work.Title}, {peer.Name}, warm-up", () => MeasureAsync(work, peer, options.WarmUp, "warm-up", stop));
        }

        var results = turns.ToDictionary(turn => turn, _ => new List<Measurement>());
        for (var round = 1; round <= options.Rounds; round++)
        {
            foreach (var turn in turns)
            {
                var when = $"round {round} of {options.Rounds}";
                var measured = await problems.TryAsync(
                    $"{turn.Work.Title}, {turn.Peer.Name}, {when}", () => MeasureAsync(turn.Work, turn.Peer, options.Duration, when, stop));
                if (measured is null)
                    continue;

                results[turn].Add(measured);
                if (measured.AllocatedBytes is { } bytes)
                    allocated[turn.Work].Add(bytes);
            }
        }

        return [.. options.Works.SelectMany(work => Rows(work, peers, results))];
    }

    private async Task<Measurement> MeasureAsync(Work work, Peer peer, TimeSpan duration, string when, CancellationToken stop)
    {
        peer.Process.ThrowIfEnded();
        try
        {
            var knowsAllocations = peer.Name == PeerNames.Gateway && work.Unit == "request";
            var allocatedBefore = knowsAllocations ? await GatewayMetrics.AllocatedBytesAsync(peer, stop) : 0;
            var processes = peer.Processes;
            var before = ProcessTree.CpuTime(processes);
            var load = await work.RunAsync(peer, stage, duration, stop);
            await Task.Delay(Aftermath, stop);
            var used = ProcessTree.CpuTime(processes) - before;

            var measurement = new Measurement(
                load.Units / load.Elapsed.TotalSeconds, used.TotalMicroseconds / load.Units,
                knowsAllocations ? (await GatewayMetrics.AllocatedBytesAsync(peer, stop) - allocatedBefore) / load.Units : null);
            await Console.Error.WriteLineAsync(string.Create(
                CultureInfo.InvariantCulture,
                $"{when}: {work.Title}, {peer.Name}: {measurement.PerSecond:#,0} {work.Unit}/s, {measurement.CpuMicroseconds:#,0.0} µs"));
            return measurement;
        }
        finally
        {
            peer.EmptyAccessLog();
        }
    }

    private static IEnumerable<Row> Rows(Work work, IReadOnlyList<Peer> peers, Dictionary<(Work, Peer), List<Measurement>> results)
    {
        var units = work.Unit == "MB" ? work.Unit : work.Unit + "s";
        yield return new Row($"{work.Title}: CPU µs per {work.Unit}", Values(measurement => measurement.CpuMicroseconds));
        yield return new Row($"… {units} per second", Values(measurement => measurement.PerSecond));

        IReadOnlyList<IReadOnlyList<double>> Values(Func<Measurement, double> figure) =>
            [.. peers.Select(peer => results[(work, peer)].ConvertAll(measurement => figure(measurement)))];
    }
}
