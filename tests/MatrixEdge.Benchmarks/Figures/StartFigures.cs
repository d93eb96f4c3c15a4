using System.Globalization;
using MatrixEdge.Benchmarks.Peers;
using MatrixEdge.Benchmarks.Reporting;

namespace MatrixEdge.Benchmarks.Figures;

/// <summary>How long each peer takes from its start until clients get an answer.</summary>
internal sealed class StartFigures(Stage stage, IReadOnlyList<Contender> contenders, PeersOptions options) : IFigures
{
    public const string Name = "start";

    public IEnumerable<(string Name, string About)> About =>
        [(Name, "the process is started and asked over new TLS connections, 2 ms after each refusal, until a well-known document comes; its files have been read before")];

    public async Task<IReadOnlyList<Row>> RunAsync(Problems problems, CancellationToken stop)
    {
        // Once before it counts: programs are in memory then, and the code of this client is warm.
        foreach (var contender in contenders)
            await problems.TryAsync($"first start of {contender.Name}", () => StartAsync(contender, stop));

        var results = contenders.ToDictionary(contender => contender, _ => new List<double>());
        for (var start = 1; start <= options.Rounds * options.StartsPerRound; start++)
        {
            foreach (var contender in contenders)
            {
                await problems.TryAsync($"start {start} of {contender.Name}", async () => results[contender].Add(await StartAsync(contender, stop)));
            }
        }

        return [new Row("start to first answer, ms", [.. contenders.Select(contender => results[contender])])];
    }

    private async Task<double> StartAsync(Contender contender, CancellationToken stop)
    {
        var (peer, after) = await FirstAnswer.StartAsync(contender.Prepare(stage), stop);
        await peer.DisposeAsync();
        await Console.Error.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"start: {contender.Name}: {after.TotalMilliseconds:0} ms"));
        return after.TotalMilliseconds;
    }
}
