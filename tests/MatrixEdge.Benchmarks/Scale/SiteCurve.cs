using MatrixEdge.Benchmarks.Backend;
using MatrixEdge.Benchmarks.Peers;
using MatrixEdge.Benchmarks.Processes;
using MatrixEdge.Benchmarks.Reporting;
using MatrixEdge.Benchmarks.Works;

namespace MatrixEdge.Benchmarks.Scale;

/// <summary>Sites in the configuration, with one certificate for all.</summary>
internal sealed class SiteCurve(Stage stage, string program, ScaleOptions options) : ICurve
{
    public const string Name = "sites";

    private const double Megabyte = 1_000_000;

    public string About =>
        $"{Name}: one certificate for all, one homeserver for all; memory is the gateway's resident set {options.Settle.TotalSeconds:0} s after the start, and after the load. "
        + "Proxied requests by wrk, HTTP/1.1, each to another site in turn. Background: what the gateway uses when nobody asks it anything.";

    public string[] Figures =>
    [
        "sites", "start to first answer, ms", "memory idle, MB", "background, CPU ms per s", "change in force after, s", "CPU ms of the change", "requests meanwhile: p99, ms",
        "slowest, ms", "CPU µs per request", "memory after load, MB",
    ];

    public IReadOnlyList<int> Points => options.Sites;

    public async Task<string[]> MeasureAsync(int point, CancellationToken stop)
    {
        var sites = new ManySites(stage, point, hasOwnCertificates: false);
        var (gateway, start) = await sites.StartAsync(program, stop);
        await using var ending = gateway;
        await Task.Delay(options.Settle, stop);
        var idle = gateway.ResidentBytes;
        var background = await Cpu.UsedAsync(gateway, () => Task.Delay(options.Duration, stop));

        var script = WriteScript(point);
        await Wrk.RunAsync(gateway, stage, BackendAnswers.SmallPath, options.Duration, stop, "--script", script);
        var load = new Load(0, TimeSpan.Zero);
        var used = await Cpu.UsedAsync(gateway, async () => load = await Wrk.RunAsync(gateway, stage, BackendAnswers.SmallPath, options.Duration, stop, "--script", script));
        var loaded = gateway.ResidentBytes;

        // The first one compiles code; the second one is what a change costs.
        await Swap.MeasureAsync(sites, gateway, stop);
        var swap = await Swap.MeasureAsync(sites, gateway, stop);
        return
        [
            $"{point:#,0}",
            .. new[]
            {
                start.TotalMilliseconds, idle / Megabyte, background.TotalMilliseconds / options.Duration.TotalSeconds, swap.After.TotalSeconds, swap.Cpu.TotalMilliseconds,
                swap.Requests.Most.TotalMilliseconds, swap.Requests.All.TotalMilliseconds, used.TotalMicroseconds / load.Units, loaded / Megabyte,
            }.Select(MarkdownTable.Text),
        ];
    }

    private string WriteScript(int sites)
    {
        var path = stage.Folder.File($"sites-{sites}.lua");
        File.WriteAllText(path, $$"""
            local requests, next = {}, 0
            function init()
              for site = 0, {{sites - 1}} do
                wrk.headers["Host"] = site == 0 and "localhost" or "s" .. site .. ".localhost"
                requests[site] = wrk.format()
              end
            end
            function request()
              next = (next + 1) % {{sites}}
              return requests[next]
            end
            """);
        return path;
    }
}
