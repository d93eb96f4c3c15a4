using System.Net;
using System.Net.Sockets;
using MatrixEdge.Tests.Support;

namespace MatrixEdge.Tests.Observability;

/// <summary>Metrics for those who do not collect them from the admin listener.</summary>
public sealed class TelemetryExportTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("Http", "/v1/metrics")]
    [InlineData("Grpc", "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export")]
    public async Task A_collector_gets_the_same_metrics_with_the_same_tags(string protocol, string path)
    {
        await using var collector = await Collector.StartAsync(isGrpc: protocol == "Grpc");
        await using var backend = RawBackend.Answering();
        await using var gateway = await RunningGateway.StartInFrontOfAsync(backend.Port, more: $$"""
            , "Telemetry": { "Endpoint": "{{collector.Address}}", "Protocol": "{{protocol}}", "Headers": { "Authorization": "Bearer a,b=c%20d" }, "Interval": "00:00:01" }
            """);
        await using var client = await gateway.ConnectAsync();

        await RawAnswer.ExchangeAsync(client, "GET /_matrix/client/hostile HTTP/1.1\r\nHost: matrix.example.com\r\n\r\n");

        (string Path, IReadOnlyDictionary<string, string> Headers, string Body) received;
        while (!collector.Received.TryDequeue(out received) || !received.Body.Contains("matrixedge.request.duration", StringComparison.Ordinal))
            await Task.Delay(20, Stop);
        Assert.Equal((path, "Bearer a,b=c%20d"), (received.Path, received.Headers["Authorization"]));
        foreach (var part in new[] { "service.name", "matrixedge.build_info", "ANY /_matrix/client/*", "example.com", "http.server.request.duration", "http.client.request.duration", "dotnet.process.cpu.time", "kestrel.active_connections" })
            Assert.Contains(part, received.Body, StringComparison.Ordinal);
        foreach (var part in new[] { "hostile", "http.route", "dns.lookup.duration", "network.peer.address" })
            Assert.DoesNotContain(part, received.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_collector_that_is_not_there_is_told_and_hinders_nobody()
    {
        using var closed = new TcpListener(IPAddress.Loopback, 0);
        closed.Start();
        var port = ((IPEndPoint)closed.LocalEndpoint).Port;
        closed.Stop();
        await using var gateway = await RunningGateway.StartInFrontOfAsync(1, more: $$"""
            , "Telemetry": { "Endpoint": "http://127.0.0.1:{{port}}", "Interval": "00:00:01" }
            """);

        Assert.Contains($"Metrics are sent to http://127.0.0.1:{port}/v1/metrics every 00:00:01", await gateway.Events.WaitForAsync("Metrics are sent"), StringComparison.Ordinal);
        Assert.StartsWith($"Warning Metrics for http://127.0.0.1:{port}/v1/metrics are in trouble: ", await gateway.Events.WaitForAsync("are in trouble"), StringComparison.Ordinal);
        await gateway.StopAsync();
    }
}
