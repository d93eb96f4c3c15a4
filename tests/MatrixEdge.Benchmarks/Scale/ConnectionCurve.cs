using System.Diagnostics;
using MatrixEdge.Benchmarks.Backend;
using MatrixEdge.Benchmarks.Clients;
using MatrixEdge.Benchmarks.Peers;
using MatrixEdge.Benchmarks.Processes;
using MatrixEdge.Benchmarks.Reporting;

namespace MatrixEdge.Benchmarks.Scale;

/// <summary>Connections that are idle but for a long poll each: the phones of a server at night.</summary>
internal sealed class ConnectionCurve(Stage stage, RunningBackend backend, string program, ScaleOptions options) : ICurve
{
    public const string Name = "connections";

    // The client's connection and the one to the homeserver, and what a process has open beside them.
    private const int FilesPerConnection = 2;
    private const int OtherFiles = 500;

    private const double Megabyte = 1_000_000;
    private const double Kilobyte = 1_000;

    private const string PollPath = BackendAnswers.PollPath + "?timeout=1800000&since=s1";

    private readonly long allowed = (OpenFiles.Raise(FilesFor(options)) - OtherFiles) / FilesPerConnection;

    public string About =>
        $"{Name}: each over TLS with a long poll at the homeserver; memory is the gateway's resident set {options.Settle.TotalSeconds:0} s after the last one was open, "
        + $"and as long after the last one was closed. Meanwhile the configuration is changed, and {Swap.RequestsPerSecond} other requests a second are proxied over connections of their own."
        + (allowed < options.Connections.Max() ? $" This system lets a process have {allowed:#,0} at most (ulimit -Hn)." : "");

    public string[] Figures =>
    [
        "connections", "all open after, s", "CPU ms per connection", "memory before, MB", "with them, MB", "kB per connection", "afterwards, MB",
        "change in force after, s", "CPU ms of the change", "requests meanwhile: p50, ms", "p99, ms", "slowest, ms", "all polls answered after, s",
    ];

    public IReadOnlyList<int> Points => [.. options.Connections.Select(count => (int)Math.Min(count, allowed)).Distinct()];

    /// <summary>How many files the gateway has open when all are.</summary>
    public static long FilesFor(ScaleOptions options) => (FilesPerConnection * options.Connections.Max()) + OtherFiles;

    public async Task<string[]> MeasureAsync(int point, CancellationToken stop)
    {
        var sites = new ManySites(stage, 1, hasOwnCertificates: false);
        var (gateway, _) = await sites.StartAsync(program, stop);
        await using var ending = gateway;

        // What the first connections and the first change cost once is no cost of each.
        await HoldAsync(gateway, options.FirstConnections, () => Swap.MeasureAsync(sites, gateway, stop), stop);
        await Task.Delay(options.Settle, stop);

        var before = gateway.ResidentBytes;
        var (with, swap) = (0L, (Swap?)null);
        var held = await HoldAsync(gateway, point, SwapAsync, stop);
        await Task.Delay(options.Settle, stop);
        return
        [
            $"{point:#,0}",
            .. new[]
            {
                held.Open.TotalSeconds, held.Cpu.TotalMilliseconds / point, before / Megabyte, with / Megabyte, (with - before) / Kilobyte / point,
                gateway.ResidentBytes / Megabyte, swap!.After.TotalSeconds, swap.Cpu.TotalMilliseconds,
                swap.Requests.Half.TotalMilliseconds, swap.Requests.Most.TotalMilliseconds, swap.Requests.All.TotalMilliseconds, held.Answered.TotalSeconds,
            }.Select(MarkdownTable.Text),
        ];

        async Task SwapAsync()
        {
            await Task.Delay(options.Settle, stop);
            with = gateway.ResidentBytes;
            swap = await Swap.MeasureAsync(sites, gateway, stop);
            if (await backend.CountHeldAsync(stop) is var count && count != point)
                throw new BenchmarkException($"After a change of the configuration {count:#,0} of {point:#,0} long polls are left");
        }
    }

    // Opens them, does something meanwhile, lets the homeserver answer, and closes them.
    private async Task<(TimeSpan Open, TimeSpan Cpu, TimeSpan Answered)> HoldAsync(
        Peer gateway, int count, Func<Task> meanwhile, CancellationToken stop)
    {
        var used = ProcessTree.CpuTime(gateway.Processes);
        var watch = Stopwatch.StartNew();
        await using var connections = await HeldConnections.OpenAsync(gateway, PollPath, count, stop);
        while (await backend.CountHeldAsync(stop) < count)
            await Task.Delay(TimeSpan.FromMilliseconds(10), stop);
        var (open, cpu) = (watch.Elapsed, ProcessTree.CpuTime(gateway.Processes) - used);

        await meanwhile();

        watch.Restart();
        await backend.ReleaseAsync(stop);
        await connections.AllAnsweredAsync(stop);
        return (open, cpu, watch.Elapsed);
    }
}
