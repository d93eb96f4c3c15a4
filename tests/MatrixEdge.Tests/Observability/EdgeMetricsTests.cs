using System.Net;
using System.Text.RegularExpressions;
using MatrixEdge.Listening;
using MatrixEdge.Observability;
using MatrixEdge.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace MatrixEdge.Tests.Observability;

/// <summary>What a collector reads from the admin listener.</summary>
public sealed class EdgeMetricsTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Requests_are_measured_by_operation_listener_status_and_site()
    {
        await using var backend = RawBackend.Answering();
        await using var gateway = await RunningGateway.StartInFrontOfAsync(backend.Port);
        await using var https = await gateway.ConnectAsync();
        await using var federation = await gateway.ConnectAsync(ListenerKind.Federation);

        foreach (var path in new[] { "/_matrix/client/v3/rooms/!a:b/members", "/_matrix/client/r0/rooms/!b:c/members", "/_matrix/client/api/v1/rooms/x/members" })
            Assert.Equal(200, (await RawAnswer.ExchangeAsync(https, $"GET {path} HTTP/1.1\r\nHost: matrix.example.com\r\n\r\n")).Status);
        Assert.Equal(404, (await RawAnswer.ExchangeAsync(federation, "BREW /_synapse/admin/v1/pot HTTP/1.1\r\nHost: matrix.example.com\r\n\r\n")).Status);
        Assert.Equal(421, (await RawAnswer.ExchangeAsync(federation, "GET /_matrix/client/versions HTTP/1.1\r\nHost: other.example\r\n\r\n")).Status);

        var metrics = await ScrapeAsync(gateway, "matrixedge_request_duration_seconds_count{operation=\"none\"");
        Assert.Contains(
            "\nmatrixedge_request_duration_seconds_count{operation=\"GET /_matrix/client/v3/rooms/{roomId}/members\",listener=\"https\",status=\"2xx\",site=\"example.com\"} 3\n", metrics, StringComparison.Ordinal);
        Assert.Contains(
            "\nmatrixedge_request_duration_seconds_count{operation=\"ANY /_synapse/admin/*\",listener=\"federation\",status=\"4xx\",site=\"example.com\"} 1\n", metrics, StringComparison.Ordinal);
        Assert.Contains("\nmatrixedge_request_duration_seconds_count{operation=\"none\",listener=\"federation\",status=\"4xx\",site=\"none\"} 1\n", metrics, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_the_platform_measures_is_there_without_what_strangers_could_multiply()
    {
        await using var backend = new RawBackend((request, connection) => connection.SendAsync(
            $"HTTP/1.1 {(request.Target.Contains("odd", StringComparison.Ordinal) ? 299 : 200)} Well\r\nContent-Length: 2\r\n\r\n{{}}"));
        await using var gateway = await RunningGateway.StartInFrontOfAsync(backend.Port);
        await using var client = await gateway.ConnectAsync();

        await RawAnswer.ExchangeAsync(client, "GET /_matrix/client/versions HTTP/1.1\r\nHost: matrix.example.com\r\n\r\n");
        await RawAnswer.ExchangeAsync(client, "GET /_matrix/client/odd HTTP/1.1\r\nHost: matrix.example.com\r\n\r\n");
        await RawAnswer.ExchangeAsync(client, "BREW /_matrix/client/odd HTTP/1.1\r\nHost: matrix.example.com\r\n\r\n");

        var metrics = await ScrapeAsync(gateway, "http_request_method=\"_OTHER\",http_response_status_code");
        Assert.Matches("""\nhttp_server_request_duration_seconds_count\{url_scheme="https",http_request_method="GET",http_response_status_code="200",network_protocol_version="1\.1"\} 1\n""", metrics);
        Assert.Matches("""\nhttp_server_request_duration_seconds_count\{url_scheme="https",http_request_method="GET",http_response_status_code="_OTHER",network_protocol_version="1\.1"\} 1\n""", metrics);
        Assert.Matches("\nhttp_client_request_duration_seconds_count\\{server_address=\"127.0.0.1\",server_port=\"" + backend.Port + "\",http_request_method=\"GET\",http_response_status_code=\"200\"\\} [1-9]", metrics);
        Assert.Matches("\nkestrel_tls_handshake_duration_seconds_count\\{server_port=\"" + gateway.Port(ListenerKind.Https) + "\",network_type=\"ipv4\",tls_protocol_version=\"1.3\"\\} 1\n", metrics);
        Assert.Matches("\nkestrel_active_connections\\{server_port=\"\\d+\",network_type=\"ipv4\"\\} 1\n", metrics);
        Assert.Matches("\ndotnet_process_memory_working_set_bytes [1-9]", metrics);
        Assert.Matches("\ndotnet_process_cpu_time_seconds_total\\{cpu_mode=\"user\"\\} ", metrics);
        Assert.DoesNotContain("odd", metrics, StringComparison.Ordinal);
        Assert.DoesNotContain("BREW", metrics, StringComparison.Ordinal);
    }

    [Fact]
    public async Task How_a_site_was_last_seen_from_outside_is_told_by_check()
    {
        await using var gateway = await RunningGateway.StartInFrontOfAsync(1);
        var examinations = gateway.Services.GetRequiredService<Examinations>();

        Assert.DoesNotContain("matrixedge_doctor_", await ScrapeAsync(gateway, "matrixedge_build_info"), StringComparison.Ordinal);
        examinations.Note(new Examination(
            "example.com", DateTimeOffset.FromUnixTimeSeconds(1_800_000_000), TimeSpan.FromSeconds(2), [], [],
            [Found("well", FindingOutcome.Ok), Found("hidden", FindingOutcome.Skip), Found("soon", FindingOutcome.Warn), Found("dead", FindingOutcome.Ok), Found("dead", FindingOutcome.Fail)]));
        examinations.Note(new Examination("elsewhere.example", DateTimeOffset.UnixEpoch, TimeSpan.Zero, [], [], [Found("well", FindingOutcome.Ok)]));

        var lines = (await ScrapeAsync(gateway, "matrixedge_build_info")).Split('\n').Where(line => line.StartsWith("matrixedge_doctor_", StringComparison.Ordinal));
        Assert.Equal(
            [
                "matrixedge_doctor_check{server_name=\"example.com\",check=\"dead\"} 0",
                "matrixedge_doctor_check{server_name=\"example.com\",check=\"soon\"} 0.5",
                "matrixedge_doctor_check{server_name=\"example.com\",check=\"well\"} 1",
                "matrixedge_doctor_last_examination_seconds{server_name=\"example.com\"} 1800000000",
            ],
            lines);
    }

    private static Finding Found(string id, FindingOutcome outcome) => new(id, id, outcome, id, [], null, null, null);

    // A request is measured when it is over, which its sender knows a little earlier.
    private static async Task<string> ScrapeAsync(RunningGateway gateway, string until)
    {
        using var admin = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{gateway.Port(ListenerKind.Admin)}") };
        while (true)
        {
            var metrics = await admin.GetStringAsync(new Uri("/metrics", UriKind.Relative), Stop);
            if (metrics.Contains(until, StringComparison.Ordinal))
                return metrics;
            await Task.Delay(5, Stop);
        }
    }
}
