using MatrixEdge.Benchmarks.Clients;
using MatrixEdge.Benchmarks.Peers;
using MatrixEdge.Benchmarks.Reporting;
using MatrixEdge.Benchmarks.Works;

namespace MatrixEdge.Benchmarks.Scale;

/// <summary>Sites with a certificate each.</summary>
internal sealed class CertificateCurve(Stage stage, string program, ScaleOptions options) : ICurve
{
    public const string Name = "certificates";

    private const double Megabyte = 1_000_000;

    public string About =>
        $"{Name}: a site for each, from the store. New connections with full handshakes, {HandshakeCommand.AtOnce} at once, each to another site in turn, one request each; "
        + "the rate is bounded by the client, a process of this program, which needs more CPU than the gateway.";

    public string[] Figures =>
        ["certificates", "start to first answer, ms", "memory idle, MB", "CPU µs per handshake and request", "handshakes per second", "memory after load, MB"];

    public IReadOnlyList<int> Points => options.Certificates;

    public async Task<string[]> MeasureAsync(int point, CancellationToken stop)
    {
        var sites = new ManySites(stage, point, hasOwnCertificates: true);
        var (gateway, start) = await sites.StartAsync(program, stop);
        await using var ending = gateway;
        await Task.Delay(options.Settle, stop);
        var idle = gateway.ResidentBytes;

        await HandshakeCommand.RunAsync(gateway, point, options.Duration, stop);
        var load = new Load(0, TimeSpan.Zero);
        var used = await Cpu.UsedAsync(gateway, async () => load = await HandshakeCommand.RunAsync(gateway, point, options.Duration, stop));
        return
        [
            $"{point:#,0}",
            .. new[]
            {
                start.TotalMilliseconds, idle / Megabyte, used.TotalMicroseconds / load.Units, load.Units / load.Elapsed.TotalSeconds, gateway.ResidentBytes / Megabyte,
            }.Select(MarkdownTable.Text),
        ];
    }
}
