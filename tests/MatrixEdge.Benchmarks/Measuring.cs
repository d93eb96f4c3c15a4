using MatrixEdge.Benchmarks.Peers;
using MatrixEdge.Benchmarks.Processes;
using MatrixEdge.Benchmarks.Reporting;
using MatrixEdge.Benchmarks.Works;

namespace MatrixEdge.Benchmarks;

/// <summary>
/// Every work on every peer in turn, round after round, so that what else the machine does meanwhile strikes all alike. While
/// one is measured, the others have nothing to do.
/// </summary>
internal sealed class Measuring(Stage stage, IReadOnlyList<Peer> peers, PeersOptions options)
{
    private const double Megabyte = 1_000_000;

    // What a peer does after its last answer (the log, above all) counts, too.
    private static readonly TimeSpan Aftermath = TimeSpan.FromMilliseconds(100);

    private readonly List<string> problems = [];

    /// <summary>What went wrong; those measurements are not in the rows.</summary>
    public IReadOnlyCollection<string> Problems => problems;

    public async Task<IReadOnlyList<Row>> RunAsync(CancellationToken stop)
    {
        // As long as a measurement, so that what belongs to the start is over.
        await Task.Delay(options.WarmUp, stop);
        var idle = MemoryRow("memory idle (sum of RSS), MB");

        foreach (var (work, peer) in Turns())
            await MeasureAsync(work, peer, options.WarmUp, "warm-up", stop);

        var results = Turns().ToDictionary(turn => turn, _ => new List<Measurement>());
        for (var round = 1; round <= options.Rounds; round++)
        {
            foreach (var turn in Turns())
            {
                if (await MeasureAsync(turn.Work, turn.Peer, options.Duration, $"round {round} of {options.Rounds}", stop) is { } measurement)
                    results[turn].Add(measurement);
            }
        }

        var loaded = MemoryRow("memory after load (sum of RSS), MB");
        return [.. options.Works.SelectMany(work => Rows(work, results)), idle, loaded];
    }

    private IEnumerable<(Work Work, Peer Peer)> Turns() => options.Works.SelectMany(work => peers.Select(peer => (work, peer)));

    private async Task<Measurement?> MeasureAsync(Work work, Peer peer, TimeSpan duration, string when, CancellationToken stop)
    {
        peer.Process.ThrowIfEnded();
        try
        {
            var processes = peer.Processes;
            var before = ProcessTree.CpuTime(processes);
            var load = await work.RunAsync(peer, stage, duration, stop);
            await Task.Delay(Aftermath, stop);
            var used = ProcessTree.CpuTime(processes) - before;

            var measurement = new Measurement(load.Units / load.Elapsed.TotalSeconds, used.TotalMicroseconds / load.Units);
            await Console.Error.WriteLineAsync(
                $"{when}: {work.Title}, {peer.Name}: {measurement.PerSecond:#,0} {work.Unit}/s, {measurement.CpuMicroseconds:#,0.0} µs");
            return measurement;
        }
        catch (BenchmarkException exception)
        {
            problems.Add($"{work.Title}, {peer.Name}, {when}: {exception.Message}");
            return null;
        }
        finally
        {
            peer.EmptyAccessLog();
        }
    }

    private IEnumerable<Row> Rows(Work work, Dictionary<(Work, Peer), List<Measurement>> results)
    {
        var units = work.Unit == "MB" ? work.Unit : work.Unit + "s";
        yield return new Row($"{work.Title}: CPU µs per {work.Unit}", Values(measurement => measurement.CpuMicroseconds));
        yield return new Row($"… {units} per second", Values(measurement => measurement.PerSecond));

        IReadOnlyList<IReadOnlyList<double>> Values(Func<Measurement, double> figure) =>
            [.. peers.Select(peer => results[(work, peer)].ConvertAll(measurement => figure(measurement)))];
    }

    private Row MemoryRow(string title) => new(title, [.. peers.Select(peer => (double[])[ProcessTree.ResidentBytes(peer.Processes) / Megabyte])]);
}
