using System.Collections.Immutable;
using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.RegularExpressions;
using MatrixEdge.Listening;
using MatrixEdge.Observability;
using MatrixEdge.Observability.Status;
using MatrixEdge.Sites;
using MatrixEdge.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace MatrixEdge.Tests.Observability.Status;

public sealed partial class StatusRequestsTests
{
    [Fact]
    public async Task Status_is_told_as_JSON_with_what_the_gateway_knows()
    {
        await using var backend = RawBackend.Answering("{\"versions\":[\"v1.11\"],\"server\":{\"name\":\"Test\",\"version\":\"1\"}}");
        await using var gateway = await RunningGateway.StartInFrontOfAsync(backend.Port);
        await gateway.Services.GetRequiredService<HomeserverWatch>().FirstAnswers;
        await using (var client = await gateway.ConnectAsync())
            await RawAnswer.ExchangeAsync(client, "GET /.well-known/matrix/client HTTP/1.1\r\nHost: example.com\r\n\r\n");
        await gateway.Events.WaitForAsync("GET /.well-known/matrix/client 200");
        using var admin = Admin(gateway);

        var status = await admin.GetFromJsonAsync<JsonElement>("/status.json");

        Assert.Equal("unknown", status.GetProperty("verdict").GetString());
        var site = Assert.Single(status.GetProperty("sites").EnumerateArray());
        Assert.Equal("example.com", site.GetProperty("serverName").GetString());
        Assert.Equal(JsonValueKind.Null, site.GetProperty("examinedAt").ValueKind);
        Assert.Matches("^[0-9A-F]+$", site.GetProperty("certificate").GetProperty("serial").GetString());
        Assert.False(site.GetProperty("maintenance").GetProperty("on").GetBoolean());
        var homeserver = Assert.Single(status.GetProperty("backends").EnumerateArray());
        Assert.Equal(("homeserver", true, "Test 1"), (homeserver.GetProperty("role").GetString(), homeserver.GetProperty("reachable").GetBoolean(), homeserver.GetProperty("software").GetString()));
        Assert.InRange(DateTimeOffset.UtcNow - homeserver.GetProperty("askedAt").GetDateTimeOffset(), TimeSpan.Zero, TimeSpan.FromMinutes(5));
        var https = status.GetProperty("traffic").GetProperty("ports").EnumerateArray().Single(port => port.GetProperty("listener").GetString() == "https");
        Assert.Equal((gateway.Port(ListenerKind.Https), 1), (https.GetProperty("port").GetInt32(), https.GetProperty("requests").EnumerateArray().Sum(minute => minute.GetInt32())));
    }

    [Fact]
    public async Task What_was_seen_from_outside_is_compared_with_what_is_served()
    {
        await using var gateway = await RunningGateway.StartInFrontOfAsync(1);
        using var admin = Admin(gateway);
        var serial = gateway.Services.GetRequiredService<ServedCertificate>().All[0].Value.Leaf.SerialNumber;
        gateway.Services.GetRequiredService<Examinations>().Note(new Examination(
            "example.com", DateTimeOffset.UtcNow, TimeSpan.FromSeconds(2), ["A step"],
            [
                new("matrix.example.com", IPAddress.Loopback, 443, "00" + serial.ToLowerInvariant(), null, null),
                new("matrix.example.com", IPAddress.IPv6Loopback, 8448, "0BAD", null, null),
                new("example.com", IPAddress.IPv6Loopback, 443, null, null, "connection refused"),
            ],
            [
                new("a", "A", FindingOutcome.Ok, "well", [], null, null, null), new("b", "B", FindingOutcome.Warn, "so so", [], null, null, null),
                new("c", "C", FindingOutcome.Fail, "first", [], null, null, null), new("d", "D", FindingOutcome.Fail, "second", [], null, null, null),
            ]));

        var status = await admin.GetFromJsonAsync<JsonElement>("/status.json");

        var site = status.GetProperty("sites")[0];
        Assert.Equal(["true", "false", ""], site.GetProperty("seen").EnumerateArray().Select(seen => seen.GetProperty("isServed").GetRawText().Replace("null", "", StringComparison.Ordinal)));
        Assert.Equal(["c", "d", "b", "a"], site.GetProperty("findings").EnumerateArray().Select(finding => finding.GetProperty("id").GetString()));
        Assert.Equal("fail", status.GetProperty("verdict").GetString());
        Assert.Equal(["b", "c", "d"], status.GetProperty("changes").EnumerateArray().Select(change => change.GetProperty("id").GetString()));
    }

    [Fact]
    public async Task The_page_may_do_nothing_but_show_itself_and_ask_again()
    {
        await using var gateway = await RunningGateway.StartInFrontOfAsync(1);
        using var admin = Admin(gateway);

        using var answer = await admin.GetAsync(new Uri("/", UriKind.Relative));

        Assert.Equal("text/html; charset=utf-8", answer.Content.Headers.ContentType!.ToString());
        Assert.Equal(("no-store", "nosniff", "no-referrer"), (answer.Headers.CacheControl!.ToString(), Assert.Single(answer.Headers.GetValues("X-Content-Type-Options")), Assert.Single(answer.Headers.GetValues("Referrer-Policy"))));
        var policy = Assert.Single(answer.Headers.GetValues("Content-Security-Policy"));
        Assert.Matches("^default-src 'none'; style-src 'sha256-[^']{44}'; script-src 'sha256-[^']{44}'; img-src data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'$", policy);
        var page = await answer.Content.ReadAsStringAsync();
        Assert.DoesNotMatch(@"(src|href)=""(https?:)?//", page);
        Assert.DoesNotContain(" style=", page, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/", "rebound.evil.example", 403)]
    [InlineData("/status.json", "rebound.evil.example:9090", 403)]
    [InlineData("/readme", "localhost.evil.example", 403)]
    [InlineData("/certificates", "gateway", 403)]
    [InlineData("/federation", "gateway:9090", 403)]
    [InlineData("/maintenance", "", 403)]
    [InlineData("/", "127.0.0.1:9090", 200)]
    [InlineData("/", "[::1]:9090", 200)]
    [InlineData("/status.json", "localhost:8080", 200)]
    [InlineData("/certificates", "192.0.2.7", 200)]
    [InlineData("/metrics", "gateway:9090", 200)]
    [InlineData("/health/live", "gateway", 200)]
    [InlineData("/health/ready", "gateway.monitoring.svc:9090", 200)]
    public async Task No_web_site_reads_it_by_a_name_of_its_own_and_probes_come_by_any(string path, string host, int status)
    {
        await using var gateway = await RunningGateway.StartInFrontOfAsync(1);
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, gateway.Port(ListenerKind.Admin));

        var answer = await RawAnswer.ExchangeAsync(client.GetStream(), $"GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n");

        Assert.Equal(status, answer.Status);
        if (status == 403)
            Assert.Contains("so that no web site can lead a browser here by its own name. Use the address of the admin listener", answer.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void README_lists_every_member_of_status_json_and_no_other()
    {
        var members = new SortedDictionary<string, SortedSet<string>>(StringComparer.Ordinal);
        foreach (var report in new[] { SampleReports.Troubled, Moving() })
            Collect("", JsonSerializer.SerializeToElement(report, AdminAnswer.Json), members);

        var chapter = Repository.Read("README.md");
        chapter = chapter[chapter.IndexOf("### status.json", StringComparison.Ordinal)..];
        chapter = chapter[..chapter.IndexOf("\n## ", StringComparison.Ordinal)];
        var listed = Row().Matches(chapter).ToDictionary(row => row.Groups[1].Value.Trim('`'), row => row.Groups[2].Value.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(name => name.Trim('`')).Order(StringComparer.Ordinal).ToImmutableArray());

        Assert.Equal(members.Keys.Select(path => path.Length == 0 ? "–" : path).Order(StringComparer.Ordinal), listed.Keys.Order(StringComparer.Ordinal));
        Assert.All(members, entry => Assert.Equal(entry.Value, listed[entry.Key.Length == 0 ? "–" : entry.Key]));
    }

    // With all that is left out of the other.
    private static StatusReport Moving()
    {
        var site = SampleReports.Site("example.com", []);
        return SampleReports.Of([site with
        {
            Certificate = site.Certificate! with { LastFailure = new(SampleReports.Now, default, "authority", "no"), LeftOut = [new("a", "b")] },
            Federation = site.Federation with { Migration = new("old", 8448, "new", 1, 2, SampleReports.Now, ["x"], "Wait") },
        }]);
    }

    private static void Collect(string path, JsonElement element, IDictionary<string, SortedSet<string>> members)
    {
        if (element.ValueKind == JsonValueKind.Array)
        {
            foreach (var item in element.EnumerateArray())
                Collect(path + "[]", item, members);
        }
        else if (element.ValueKind == JsonValueKind.Object)
        {
            if (!members.TryGetValue(path, out var names))
                members[path] = names = new SortedSet<string>(StringComparer.Ordinal);
            foreach (var member in element.EnumerateObject())
            {
                names.Add(member.Name);
                Collect(path.Length == 0 ? member.Name : $"{path}.{member.Name}", member.Value, members);
            }
        }
    }

    private static HttpClient Admin(RunningGateway gateway) => new() { BaseAddress = new Uri($"http://127.0.0.1:{gateway.Port(ListenerKind.Admin)}") };

    // | `sites[]` | `serverName` `publicHost` … | each site |
    [GeneratedRegex(@"^\| (`[^|]+`|–) \| ((?:`\w+` ?)+)\|", RegexOptions.Multiline)]
    private static partial Regex Row();
}
