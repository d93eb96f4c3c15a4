using System.Globalization;
using MatrixEdge.Benchmarks.Clients;
using MatrixEdge.Benchmarks.Peers;
using MatrixEdge.Benchmarks.Processes;
using MatrixEdge.Benchmarks.Reporting;
using MatrixEdge.Benchmarks.Works;

namespace MatrixEdge.Benchmarks.Figures;

/// <summary>
/// Resident memory of peers that are started for it: idle and after load in one process, with idle connections in another, so
/// that no figure hides in what another one has left behind.
/// </summary>
internal sealed class MemoryFigures(Stage stage, IReadOnlyList<Contender> contenders, PeersOptions options) : IFigures
{
    public const string Name = "memory";

    private const double Megabyte = 1_000_000;
    private const double Kilobyte = 1_000;

    private static readonly string[] LoadedBy = ["http1", "http2", "download", "upload"];

    private readonly IReadOnlyList<Work> load = AllWorks.Choose(LoadedBy);

    public IEnumerable<(string Name, string About)> About =>
    [
        (Name,
            $"sum of the resident sets of processes started for it; idle: {options.Settle.TotalSeconds:0} s after the start; after load: after {string.Join(", ", LoadedBy)} of {options.Duration.TotalSeconds:0} s each; "
            + $"connections: {options.IdleConnections} in another process, {options.FirstConnections} opened and closed before, one request each"),
    ];

    public async Task<IReadOnlyList<Row>> RunAsync(Problems problems, CancellationToken stop)
    {
        var (idle, loaded, connection) = (NewValues(), NewValues(), NewValues());
        for (var round = 1; round <= options.Rounds; round++)
        {
            await problems.TryAsync($"memory idle and after load, round {round}", () => LoadAsync(idle, loaded, problems, stop));
            for (var i = 0; i < contenders.Count; i++)
            {
                var (contender, values) = (contenders[i], connection[i]);
                await problems.TryAsync($"memory per connection, {contender.Name}, round {round}", () => ConnectAsync(contender, values, stop));
            }
        }

        return
        [
            new Row("memory idle, MB", idle),
            new Row("memory after load, MB", loaded),
            new Row("memory per idle TLS connection, kB", connection),
        ];
    }

    private List<double>[] NewValues() => [.. contenders.Select(_ => new List<double>())];

    // All are idle at the same time, since they do nothing; loaded they are in turn.
    private async Task LoadAsync(List<double>[] idle, List<double>[] loaded, Problems problems, CancellationToken stop)
    {
        await using var running = await RunningPeers.StartAsync(contenders, stage, stop);
        var peers = running.All;
        await Task.Delay(options.Settle, stop);
        for (var i = 0; i < peers.Count; i++)
            idle[i].Add(peers[i].ResidentBytes / Megabyte);

        for (var i = 0; i < peers.Count; i++)
        {
            var peer = peers[i];
            foreach (var work in load)
                await problems.TryAsync($"{work.Title} before memory after load, {peer.Name}", () => work.RunAsync(peer, stage, options.Duration, stop));
            await Task.Delay(options.Aftermath, stop);
            loaded[i].Add(peer.ResidentBytes / Megabyte);
            peer.EmptyAccessLog();
            await Console.Error.WriteLineAsync(string.Create(
                CultureInfo.InvariantCulture, $"memory: {peer.Name}: idle {idle[i][^1]:0.0} MB, after load {loaded[i][^1]:0.0} MB"));
        }
    }

    private async Task ConnectAsync(Contender contender, List<double> values, CancellationToken stop)
    {
        var (peer, _) = await FirstAnswer.StartAsync(contender.Prepare(stage), stop);
        await using var ending = peer;
        await using (await HeldConnections.OpenAsync(peer, WellKnown.ServerPath, options.FirstConnections, stop))
            await Task.Delay(options.Aftermath, stop);

        var before = peer.ResidentBytes;
        await using var held = await HeldConnections.OpenAsync(peer, WellKnown.ServerPath, options.IdleConnections, stop);
        await held.AllAnsweredAsync(stop);
        await Task.Delay(options.Aftermath, stop);
        values.Add((peer.ResidentBytes - before) / Kilobyte / options.IdleConnections);
        await Console.Error.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"memory: {peer.Name}: {values[^1]:0.0} kB per idle connection"));
    }
}
