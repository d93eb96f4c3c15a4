using System.Diagnostics;
using MatrixEdge.Benchmarks.Backend;
using MatrixEdge.Benchmarks.Clients;
using MatrixEdge.Benchmarks.Peers;
using MatrixEdge.Benchmarks.Processes;

namespace MatrixEdge.Benchmarks.Scale;

/// <summary>A change of the configuration while clients are served.</summary>
/// <param name="After">
/// From the change of the file to the first answer that shows it. The gateway looks at the file once a second and takes it when two
/// looks agree, so that a part of this is waiting.
/// </param>
/// <param name="Cpu">What the gateway used for it, without what the same clients cost it before.</param>
/// <param name="Requests">How proxied requests fared meanwhile.</param>
internal sealed record Swap(TimeSpan After, TimeSpan Cpu, PacedResult Requests)
{
    public const int RequestsPerSecond = 100;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan Before = TimeSpan.FromSeconds(1);

    // The client's start, the time before, and what a change takes.
    private static readonly TimeSpan Requesting = TimeSpan.FromSeconds(5);

    public static async Task<Swap> MeasureAsync(ManySites sites, Peer gateway, CancellationToken stop)
    {
        await using var tls = await TlsClient.ConnectAsync(gateway.Ports.Https, "localhost", stop);
        var (reader, request) = (new AnswerReader(), TlsClient.Request($"localhost:{gateway.Ports.Https}", WellKnown.ClientPath));

        var requests = PaceCommand.RunAsync(gateway, BackendAnswers.SmallPath, RequestsPerSecond, Requesting, stop);
        await LookUntilAsync((_, elapsed) => elapsed > Before); // the client starts
        var (ordinary, time) = await LookUntilAsync((_, elapsed) => elapsed > Before);
        sites.Change();
        var (used, after) = await LookUntilAsync((answer, _) => answer.Head.Contains(sites.CacheControl, StringComparison.Ordinal));
        var more = used - (ordinary * (after / time));
        return new Swap(after, more > TimeSpan.Zero ? more : TimeSpan.Zero, await requests);

        async Task<(TimeSpan Cpu, TimeSpan Elapsed)> LookUntilAsync(Func<Answer, TimeSpan, bool> isOver)
        {
            var before = ProcessTree.CpuTime(gateway.Processes);
            for (var watch = Stopwatch.StartNew(); ; await Task.Delay(BetweenLooks, stop))
            {
                await tls.WriteAsync(request, stop);
                if (isOver(await reader.ReadAsync(tls, stop), watch.Elapsed))
                    return (ProcessTree.CpuTime(gateway.Processes) - before, watch.Elapsed);
                if (watch.Elapsed > Patience)
                    throw new BenchmarkException($"A changed configuration is not in force after {Patience.TotalSeconds:0} s");
            }
        }
    }
}
