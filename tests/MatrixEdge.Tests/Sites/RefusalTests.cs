using System.Collections.Immutable;
using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using MatrixEdge.Listening;
using MatrixEdge.Observability;
using MatrixEdge.Sites;
using MatrixEdge.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace MatrixEdge.Tests.Sites;

/// <summary>What an operator hears of servers that come and are not served.</summary>
public sealed class RefusalTests
{
    private const string NoKey = """{"errcode":"M_UNAUTHORIZED","error":"Failed to find any key to satisfy: _FetchKeyRequest(server_name='a.example')"}""";

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_refusal_is_told_once_an_hour_for_each_server_and_cause_and_listed_and_counted()
    {
        var time = new ManualTime(new DateTimeOffset(2026, 11, 21, 12, 0, 0, TimeSpan.Zero));
        await using var backend = Refusing(401, NoKey);
        await using var gateway = await RunningGateway.StartInFrontOfAsync(backend.Port, time: time);

        for (var i = 0; i < 3; i++)
            await SendAsync(gateway, "a.example", 401);
        await SendAsync(gateway, "b.example", 401);
        time.Advance(TimeSpan.FromMinutes(61));
        await SendAsync(gateway, "a.example", 401);

        var listed = await ListedAsync(gateway, listed => listed.Sum(one => one.GetProperty("requests").GetInt64()) == 5);
        Assert.Equal(
            ["a.example 4 False False key", "b.example 1 False False key"],
            listed.Select(one => $"{one.GetProperty("server")} {one.GetProperty("requests")} {one.GetProperty("known")} {one.GetProperty("servedSince")} {one.GetProperty("cause")}"));
        Assert.Contains("could get no key of a.example", listed[0].GetProperty("words").GetString(), StringComparison.Ordinal);
        var said = Said(gateway);
        Assert.Equal(3, said.Count);
        Assert.StartsWith(
            "Warning A request of a.example for example.com (PUT /_matrix/federation/v1/send/{txnId}) was refused with 401: \"Failed to find any key to satisfy: _FetchKeyRequest(server_name='a.example')\". "
            + "The homeserver could get no key of a.example that fits:", said[0], StringComparison.Ordinal);
        Assert.Equal(said[0], said[2]);
        using var admin = Admin(gateway);
        var metrics = await admin.GetStringAsync(new Uri("/metrics", UriKind.Relative), Stop);
        Assert.Contains("\nmatrixedge_federation_refused_total{site=\"example.com\",cause=\"key\"} 5\n", metrics, StringComparison.Ordinal);
        Assert.Contains("\nmatrixedge_federation_refused_total{site=\"example.com\",cause=\"clock\"} 0\n", metrics, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Content-Length: {0}\r\n\r\n{1}")]
    [InlineData("Connection: close\r\n\r\n{1}")]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n5\r\n{2}\r\n{3:x}\r\n{4}\r\n0\r\n\r\n")]
    public async Task The_answer_arrives_as_the_homeserver_wrote_it(string form)
    {
        // Longer than what is read of it.
        var body = NoKey[..^1] + ",\"more\":\"" + new string('x', 100_000) + "\"}";
        var text = string.Format(CultureInfo.InvariantCulture, form, body.Length, body, body[..5], body.Length - 5, body[5..]);
        await using var backend = new RawBackend(async (request, connection) =>
        {
            await connection.SendAsync("HTTP/1.1 401 Unauthorized\r\nContent-Type: application/json\r\n" + text);
            if (form.StartsWith("Connection", StringComparison.Ordinal))
                await connection.DisposeAsync();
        });
        await using var gateway = await RunningGateway.StartInFrontOfAsync(backend.Port);

        var answer = await SendAsync(gateway, "a.example", 401);

        Assert.Equal(body, answer.Text);
        await gateway.Events.WaitForAsync("could get no key of a.example");
    }

    [Fact]
    public async Task The_homeserver_s_words_come_to_the_log_without_what_would_disturb_it()
    {
        await using var backend = Refusing(401, """{"error":"Line\n\u001b[31mred\u202e\ud83d\ude00 """ + new string('x', 500) + "\"}");
        await using var gateway = await RunningGateway.StartInFrontOfAsync(backend.Port);

        await SendAsync(gateway, "a.example", 401);

        var said = await gateway.Events.WaitForAsync("was refused with 401");
        Assert.Contains(": \"Line  [31mred    xxx", said, StringComparison.Ordinal);
        Assert.InRange(said.Length, 300, 700);
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("")]
    [InlineData("[\"error\"]")]
    [InlineData("{\"error\":{\"error\":\"x\"}}")]
    [InlineData("{\"errcode\":\"M_UNAUTHORIZED\"}")]
    public async Task An_answer_that_says_nothing_is_told_as_such(string body)
    {
        await using var backend = Refusing(401, body);
        await using var gateway = await RunningGateway.StartInFrontOfAsync(backend.Port);

        await SendAsync(gateway, "a.example", 401);

        Assert.EndsWith("was refused with 401. Nothing that can be seen from here says why; see the homeserver's own log", await gateway.Events.WaitForAsync("was refused with 401"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_path_that_was_changed_in_front_is_named()
    {
        await using var backend = Refusing(401, """{"error":"Invalid signature for server a.example with key ed25519:1: no"}""");
        await using var gateway = await RunningGateway.StartInFrontOfAsync(backend.Port);

        await SendAsync(gateway, "a.example", 401, "GET", "/_matrix/federation/v1/state/!room:b.example", "User-Agent: Synapse/1.160.0\r\nVia: 1.1 cache\r\n");

        Assert.Contains(
            "The path holds a plain !, which Synapse sends as %21: something in front of the gateway (Via) decodes or encodes paths anew", await gateway.Events.WaitForAsync("was refused with 401"),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_homeserver_whose_clock_is_another_is_named()
    {
        var time = new ManualTime(new DateTimeOffset(2026, 11, 21, 12, 0, 0, TimeSpan.Zero));
        await using var backend = Refusing(401, NoKey, "Date: Sat, 21 Nov 2026 15:00:00 GMT\r\n");
        await using var gateway = await RunningGateway.StartInFrontOfAsync(backend.Port, time: time);

        await SendAsync(gateway, "a.example", 401);

        Assert.Contains("the homeserver's clock is 3 hours ahead of this host's", await gateway.Events.WaitForAsync("was refused with 401"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_clock_that_was_found_wrong_from_outside_is_named()
    {
        await using var backend = Refusing(401, NoKey);
        await using var gateway = await RunningGateway.StartInFrontOfAsync(backend.Port);
        gateway.Services.GetRequiredService<Examinations>().Note(new Examination(
            "example.com", DateTimeOffset.UtcNow, TimeSpan.Zero, [], [], [new Finding(SignedRequests.ClockCheck, "Clock", FindingOutcome.Fail, "the clock of one is ahead of that of another", [], null, null, null)]));

        await SendAsync(gateway, "a.example", 401);

        Assert.Contains("clocks do not agree: the clock of one is ahead of that of another. Let", await gateway.Events.WaitForAsync("was refused with 401"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_request_for_another_server_is_counted_and_said_once_only()
    {
        await using var backend = Refusing(401, """{"error":"Destination mismatch in auth header, received: 'other.example'"}""");
        await using var gateway = await RunningGateway.StartInFrontOfAsync(backend.Port);

        await SendAsync(gateway, "a.example", 401, destination: "other.example");

        var listed = Assert.Single(await ListedAsync(gateway, listed => listed.Length == 1));
        Assert.Equal("destination", listed.GetProperty("cause").GetString());
        Assert.Contains("addresses of other.example lead here", listed.GetProperty("words").GetString(), StringComparison.Ordinal);
        Assert.Single(gateway.Events.Messages, message => message.Contains("a.example", StringComparison.Ordinal) && message.StartsWith("Warning", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_known_server_that_fails_again_and_again_is_told_and_forgiven_when_it_is_served()
    {
        var isWell = true;
        await using var backend = new RawBackend((_, connection) => connection.SendAsync(isWell
            ? "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
            : "HTTP/1.1 500 Internal Server Error\r\nContent-Length: 2\r\n\r\n{}"));
        await using var gateway = await RunningGateway.StartInFrontOfAsync(backend.Port);
        await SendAsync(gateway, "a.example", 200);
        await RequestsAsync(gateway, 1);

        isWell = false;
        for (var i = 0; i < 12; i++)
        {
            await SendAsync(gateway, "a.example", 500);
            await SendAsync(gateway, "never.example", 500);
        }

        Assert.Equal(12, (await ListedAsync(gateway, listed => listed.Sum(one => one.GetProperty("requests").GetInt64()) == 24))[0].GetProperty("requests").GetInt64());
        Assert.Equal(
            "Warning The server a.example gets nothing from example.com any more: 10 requests in a row, the last one answered with 500. The homeserver itself failed; its log says why",
            Assert.Single(gateway.Events.Messages, message => message.Contains("gets nothing from", StringComparison.Ordinal)));

        isWell = true;
        await SendAsync(gateway, "a.example", 200);
        await RequestsAsync(gateway, 2);
        var listed = await ListedAsync(gateway, _ => true);
        Assert.Equal(("a.example", true, true), (listed[0].GetProperty("server").GetString(), listed[0].GetProperty("known").GetBoolean(), listed[0].GetProperty("servedSince").GetBoolean()));
    }

    [Fact]
    public async Task Names_that_are_made_up_fill_neither_the_log_nor_the_list()
    {
        await using var backend = Refusing(401, NoKey);
        await using var gateway = await RunningGateway.StartInFrontOfAsync(backend.Port);
        await using var client = await gateway.ConnectAsync();

        for (var i = 0; i < 500; i++)
        {
            Assert.Equal(401, (await RawAnswer.ExchangeAsync(client, string.Create(
                CultureInfo.InvariantCulture,
                $"PUT /_matrix/federation/v1/send/{i} HTTP/1.1\r\nHost: matrix.example.com\r\nAuthorization: X-Matrix origin=\"junk{i}.example\",destination=\"example.com\",key=\"ed25519:1\",sig=\"c2ln\"\r\nContent-Length: 0\r\n\r\n"))).Status);
        }

        using var admin = Admin(gateway);
        await ListedAsync(gateway, listed => listed.Length == 10);
        Assert.InRange(Said(gateway).Count, 1, 51);
        Assert.InRange(gateway.Services.GetRequiredService<CurrentSites>().Table.Sites[0].Refused.All.Length, 1, RefusedOrigins.MostOfEach);
    }

    [Fact]
    public async Task What_is_said_to_servers_that_are_believed_is_no_refusal()
    {
        await using var backend = Refusing(403, """{"errcode":"M_FORBIDDEN","error":"Host not in room."}""");
        await using var gateway = await RunningGateway.StartInFrontOfAsync(backend.Port);

        await SendAsync(gateway, "a.example", 403);
        await SendAsync(gateway, "b.example", 403, "GET", "/_matrix/federation/v1/version");

        await gateway.Events.WaitForAsync("/version 403");
        Assert.Empty(await ListedAsync(gateway, _ => true));
        Assert.Empty(Said(gateway));
    }

    private static RawBackend Refusing(int status, string body, string headers = "") => new((_, connection) => connection.SendAsync(
        string.Create(CultureInfo.InvariantCulture, $"HTTP/1.1 {status} No\r\nContent-Type: application/json\r\n{headers}Content-Length: {body.Length}\r\n\r\n{body}")));

    private static List<string> Said(RunningGateway gateway) => [.. gateway.Events.Messages.Where(message => message.Contains(" was refused with ", StringComparison.Ordinal))];

    private static HttpClient Admin(RunningGateway gateway) => new() { BaseAddress = new Uri($"http://127.0.0.1:{gateway.Port(ListenerKind.Admin)}") };

    // A request is counted when it is over, which its sender knows a little earlier.
    private static async Task<ImmutableArray<JsonElement>> ListedAsync(RunningGateway gateway, Func<ImmutableArray<JsonElement>, bool> isComplete)
    {
        using var admin = Admin(gateway);
        while (true)
        {
            var site = (await admin.GetFromJsonAsync<JsonElement>("/federation", Stop)).GetProperty("sites")[0];
            ImmutableArray<JsonElement> listed = [.. site.GetProperty("refused").EnumerateArray()];
            if (isComplete(listed))
                return listed;
            await Task.Delay(5, Stop);
        }
    }

    private static async Task RequestsAsync(RunningGateway gateway, long requests)
    {
        using var admin = Admin(gateway);
        while ((await admin.GetFromJsonAsync<JsonElement>("/federation", Stop)).GetProperty("sites")[0].GetProperty("requests").GetInt64() < requests)
            await Task.Delay(5, Stop);
    }

    private static async Task<RawAnswer> SendAsync(
        RunningGateway gateway, string origin, int expected, string method = "PUT", string path = "/_matrix/federation/v1/send/1", string headers = "", string destination = "example.com")
    {
        await using var stream = await gateway.ConnectAsync(ListenerKind.Federation);
        var answer = await RawAnswer.ExchangeAsync(
            stream,
            $"{method} {path} HTTP/1.1\r\nHost: matrix.example.com:8448\r\nAuthorization: X-Matrix origin=\"{origin}\",destination=\"{destination}\",key=\"ed25519:1\",sig=\"c2ln\"\r\n{headers}Content-Length: 0\r\nConnection: close\r\n\r\n");
        Assert.Equal(expected, answer.Status);
        return answer;
    }
}
