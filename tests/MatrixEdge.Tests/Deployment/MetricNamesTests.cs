using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using MatrixEdge.Listening;
using MatrixEdge.Observability;
using MatrixEdge.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace MatrixEdge.Tests.Deployment;

/// <summary>deploy/prometheus and deploy/grafana ask for what the gateway tells, and Prometheus' own tool understands both.</summary>
public sealed partial class MetricNamesTests : IDisposable
{
    // Told of a certificate that was ordered; the tests with a real authority look for it.
    private const string OfOrdered = "matrixedge_certificate_left_out";

    private static readonly string PromTool = Path.Combine(SidRoot.Path, "usr/bin/promtool");
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly TemporaryFolder folder = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Every_metric_of_a_rule_and_of_the_dashboard_is_told_by_a_running_gateway_and_promtool_finds_no_fault()
    {
        var used = Metric().Matches(Repository.Read("deploy/prometheus/alerts.yml") + string.Join('\n', Expressions())).Select(match => match.Value).Where(name => name != OfOrdered).Distinct().ToList();
        await using var backend = new RawBackend((request, connection) => connection.SendAsync(
            $"HTTP/1.1 {(request.Target.Contains("/send/", StringComparison.Ordinal) ? 401 : 200)} So\r\nContent-Length: 2\r\n\r\n{{}}"));
        await using var ordering = await StartAsync(backend, """{ "AcceptTermsOfService": true, "DirectoryUri": "https://127.0.0.1:1/directory" }""");
        await using var serving = await StartAsync(backend, """{ "Source": "Local" }""");
        serving.Services.GetRequiredService<Examinations>().Note(new Examination(
            "example.com", DateTimeOffset.UtcNow, TimeSpan.Zero, [], [], [new Finding("dns", "DNS", FindingOutcome.Ok, "Well", [], null, null, null)]));
        await using var client = await serving.ConnectAsync();
        foreach (var request in new[] { "GET /_matrix/client/versions", "POST /_matrix/client/v3/login", "POST /_matrix/client/v3/login", "PUT /_matrix/federation/v1/send/1" })
            await RawAnswer.ExchangeAsync(client, $"{request} HTTP/1.1\r\nHost: matrix.example.com\r\nAuthorization: X-Matrix origin=\"a.example\",key=\"ed25519:1\",sig=\"c2ln\"\r\nContent-Length: 0\r\n\r\n");
        GC.Collect(); // what is told of the last collection is told once there was one

        var begin = TimeProvider.System.GetTimestamp();
        string metrics;
        List<string> missing;
        do
        {
            metrics = await ScrapeAsync(serving);
            var told = (await ScrapeAsync(ordering) + metrics).Split('\n').Where(line => line.Length > 0 && line[0] != '#').Select(line => line[..line.IndexOfAny(['{', ' '])]).ToHashSet();
            missing = [.. used.Where(name => !told.Contains(name))];
        }
        while (missing.Count > 0 && TimeProvider.System.GetElapsedTime(begin) < Patience);

        Assert.Equal("", string.Join(", ", missing));
        Assert.InRange(used.Count, 30, 1000);
        Assert.SkipUnless(File.Exists(PromTool), $"promtool is not installed in {PromTool}; run tests/provision");
        foreach (var gateway in new[] { ordering, serving })
        {
            await File.WriteAllTextAsync(folder.File("metrics"), await ScrapeAsync(gateway), Stop);
            Assert.Equal((0, ""), await Tool.RunAsync("sh", "-c", $"exec {PromTool} check metrics <{folder.File("metrics")}"));
        }
    }

    [Fact]
    public async Task Promtool_understands_what_the_dashboard_asks_for()
    {
        Assert.SkipUnless(File.Exists(PromTool), $"promtool is not installed in {PromTool}; run tests/provision");
        var rules = Expressions().Select((expression, index) => string.Create(CultureInfo.InvariantCulture, $"      - record: panel:{index}\n        expr: {JsonSerializer.Serialize(expression)}\n"));
        await File.WriteAllTextAsync(folder.File("rules.yml"), "groups:\n  - name: dashboard\n    rules:\n" + string.Concat(rules), Stop);

        var (code, output) = await Tool.RunAsync(PromTool, "check", "rules", folder.File("rules.yml"));

        Assert.True(code == 0, output);
    }

    [Fact]
    public void The_panels_of_the_dashboard_have_names_and_places_of_their_own()
    {
        var panels = Dashboard().GetProperty("panels").EnumerateArray().ToList();

        var ids = panels.Select(panel => panel.GetProperty("id").GetInt32()).ToList();
        Assert.Equal(ids, ids.Distinct());
        var titles = panels.Select(panel => panel.GetProperty("title").GetString()!).ToList();
        Assert.Equal(titles, titles.Distinct());
        var cells = panels.SelectMany(Cells).ToList();
        Assert.Equal(cells, cells.Distinct());
        Assert.All(cells, cell => Assert.InRange(cell.X, 0, 23));
        Assert.All(
            panels.Where(panel => panel.GetProperty("type").GetString() != "row"),
            panel => Assert.All(panel.GetProperty("targets").EnumerateArray(), target => Assert.Equal("${datasource}", target.GetProperty("datasource").GetProperty("uid").GetString())));
    }

    private static Task<RunningGateway> StartAsync(RawBackend backend, string certificate) => RunningGateway.StartAsync($$"""
        {
          "Certificate": {{certificate}},
          "Limits": { "Login": { "Requests": 1, "Per": "01:00:00" } },
          "Sites": [{
            "ServerName": "example.com", "PublicHost": "matrix.example.com", "FederationPort": 443,
            "Homeserver": { "Address": "http://127.0.0.1:{{backend.Port}}" },
            "Migration": { "FromPort": 8448 }
          }]
        }
        """);

    private static async Task<string> ScrapeAsync(RunningGateway gateway)
    {
        using var admin = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{gateway.Port(ListenerKind.Admin)}") };
        return await admin.GetStringAsync(new Uri("/metrics", UriKind.Relative), Stop);
    }

    private static JsonElement Dashboard() => JsonSerializer.Deserialize<JsonElement>(Repository.Read("deploy/grafana/matrixedge.json"));

    // As Grafana would ask them, for one site and gateway.
    private static IEnumerable<string> Expressions() => Dashboard().GetProperty("panels").EnumerateArray()
        .Where(panel => panel.TryGetProperty("targets", out _))
        .SelectMany(panel => panel.GetProperty("targets").EnumerateArray())
        .Select(target => target.GetProperty("expr").GetString()!
            .Replace("$__rate_interval", "5m", StringComparison.Ordinal).Replace("$site", "example.com", StringComparison.Ordinal).Replace("$instance", "gateway", StringComparison.Ordinal));

    private static IEnumerable<(int X, int Y)> Cells(JsonElement panel)
    {
        var place = panel.GetProperty("gridPos");
        return from x in Enumerable.Range(place.GetProperty("x").GetInt32(), place.GetProperty("w").GetInt32())
               from y in Enumerable.Range(place.GetProperty("y").GetInt32(), place.GetProperty("h").GetInt32())
               select (x, y);
    }

    [GeneratedRegex(@"\b(?:matrixedge|http_server|http_client|kestrel|dotnet)_[a-z_]+\b")]
    private static partial Regex Metric();
}
