using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Text;
using System.Text.Json;
using MatrixEdge.Limiting;
using MatrixEdge.Listening;
using MatrixEdge.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace MatrixEdge.Tests.Limiting;

/// <summary>What clients and servers meet on the wire.</summary>
public sealed class LimitingTests
{
    private const string Login = "POST /_matrix/client/v3/login";
    private const string Send = "PUT /_matrix/client/v3/rooms/%21r%3Ax/send/m.room.message/1";
    private const string FromProxies = """ "TrustedProxies": ["127.0.0.0/8"], """;
    private const string TwoLogins = """ "Login": { "Requests": 2, "Per": "00:01:00" } """;

    [Fact]
    public async Task Whoever_asks_too_often_is_told_until_when_as_a_Matrix_error_that_browsers_may_read()
    {
        await using var backend = RawBackend.Answering();
        await using var gateway = await StartAsync(backend, "", TwoLogins);

        foreach (var kind in new[] { ListenerKind.Https, ListenerKind.Federation })
        {
            await using var client = await gateway.ConnectAsync(kind);
            await AskAsync(client, Login);
        }

        await using var flooder = await gateway.ConnectAsync();
        var refused = await AskAsync(flooder, Login);
        var other = await AskAsync(flooder, "GET /_matrix/client/v3/login");
        var preflight = await AskAsync(flooder, "OPTIONS /_matrix/client/v3/login");
        var document = await AskAsync(flooder, "GET /.well-known/matrix/client");
        await using var neighbour = await gateway.ConnectAsync(from: IPAddress.Parse("127.0.0.9"));
        var neighbours = await AskAsync(neighbour, Login);

        Assert.Equal(429, refused.Status);
        Assert.Equal(["application/json"], refused.Header("Content-Type"));
        Assert.Equal(["*"], refused.Header("Access-Control-Allow-Origin"));
        Assert.Equal(["no-store"], refused.Header("Cache-Control"));
        var seconds = int.Parse(Assert.Single(refused.Header("Retry-After")), System.Globalization.CultureInfo.InvariantCulture);
        Assert.InRange(seconds, 1, 30);
        using var body = JsonDocument.Parse(refused.Text);
        Assert.Equal("M_LIMIT_EXCEEDED", body.RootElement.GetProperty("errcode").GetString());
        Assert.Equal(seconds * 1000, body.RootElement.GetProperty("retry_after_ms").GetInt32());
        Assert.Equal([200, 204, 200, 200], new[] { other, preflight, document, neighbours }.Select(answer => answer.Status));
        Assert.Equal(3, backend.Requests.Count(request => request.Method == "POST"));
        await gateway.Events.WaitForAsync("127.0.0.1 makes more Login requests than 2 in 00:01:00");
        Assert.Contains("127.0.0.1: more Login requests than 2 in 00:01:00 by 127.0.0.1", await gateway.Events.WaitForAsync("POST /_matrix/client/v3/login 429"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_refused_request_with_a_body_leaves_the_connection_usable()
    {
        await using var backend = RawBackend.Answering();
        await using var gateway = await StartAsync(backend, "", """ "Login": { "Requests": 1, "Per": "00:01:00" } """);
        await using var client = await gateway.ConnectAsync();

        foreach (var status in new[] { 200, 429, 429 })
        {
            var answer = await RawAnswer.ExchangeAsync(client, $"{Login} HTTP/1.1\r\nHost: example.com\r\nContent-Length: 20000\r\n\r\n{new string('x', 20000)}");
            Assert.Equal(status, answer.Status);
        }

        Assert.Equal(200, (await AskAsync(client, "GET /_matrix/client/versions")).Status);
    }

    [Theory]
    [InlineData("2001:db8:0:1::1", "2001:db8:0:1:ffff::2", 429)]
    [InlineData("2001:db8:0:1::1", "2001:db8:0:2::1", 200)]
    [InlineData("192.0.2.1", "192.0.2.2", 200)]
    [InlineData("192.0.2.1", "::ffff:192.0.2.1", 429)]
    [InlineData("10.1.1.1", "10.1.1.1", 200)]
    public async Task Clients_are_told_apart_by_IPv4_address_and_by_64_bits_of_IPv6(string one, string other, int status)
    {
        await using var backend = RawBackend.Answering();
        await using var gateway = await StartAsync(backend, FromProxies, TwoLogins + """, "Exempt": ["10.0.0.0/8"] """);
        await using var client = await gateway.ConnectAsync();

        await AskAsync(client, Login, $"X-Forwarded-For: {one}\r\n");
        await AskAsync(client, Login, $"X-Forwarded-For: {one}\r\n");

        Assert.Equal(status, (await AskAsync(client, Login, $"X-Forwarded-For: {other}\r\n")).Status);
    }

    [Fact]
    public async Task Another_spelling_of_the_path_is_no_way_around()
    {
        await using var backend = RawBackend.Answering();
        await using var gateway = await StartAsync(backend, "", TwoLogins);
        await using var client = await gateway.ConnectAsync();

        var statuses = new List<int>();
        foreach (var path in new[] { "r0/login", "v3/%6cogin?x=1", "v3/log%69n", "v3//login", "v3/./login", "api/v1/login" })
            statuses.Add((await AskAsync(client, $"POST /_matrix/client/{path}")).Status);

        Assert.Equal([200, 200, 429, 400, 400, 429], statuses);
    }

    [Fact]
    public async Task A_changed_limit_holds_at_once_and_what_was_used_stays_used()
    {
        await using var backend = RawBackend.Answering();
        await using var gateway = await StartAsync(backend, "", TwoLogins);
        await using var client = await gateway.ConnectAsync();
        await AskAsync(client, Login);
        await AskAsync(client, Login);

        gateway.Reconfigure(Configuration(backend, "", """ "Login": { "Requests": 3, "Per": "00:01:00" } """));
        await gateway.Events.WaitForAsync("is in force now");
        var third = await AskAsync(client, Login);
        var fourth = await AskAsync(client, Login);
        gateway.Reconfigure(Configuration(backend, "", """ "Login": { "Requests": 0 } """));
        await gateway.Events.WaitForAsync("is in force now", times: 2);

        // With three in a minute each weighs 20 s, and two of two weighed 60 s: there is nothing left, until there is no limit.
        Assert.Equal([429, 429], new[] { third.Status, fourth.Status });
        Assert.Equal(200, (await AskAsync(client, Login)).Status);
    }

    [Fact]
    public async Task A_server_is_limited_by_the_origin_it_signs_with_if_one_wants_so()
    {
        await using var backend = RawBackend.Answering();
        await using var gateway = await StartAsync(backend, "", """ "Federation": { "Requests": 1, "Per": "00:01:00" } """);
        await using var client = await gateway.ConnectAsync(ListenerKind.Federation);

        var statuses = new List<int>();
        foreach (var origin in new[] { "a.example", "a.example", "b.example:8448" })
            statuses.Add((await AskAsync(client, "PUT /_matrix/federation/v1/send/1", $"Authorization: X-Matrix origin={origin},destination=\"example.com\",key=\"ed25519:1\",sig=\"AB+/\"\r\n")).Status);
        statuses.Add((await AskAsync(client, "GET /_matrix/key/v2/server")).Status);

        Assert.Equal([200, 429, 200, 200], statuses);
    }

    [Fact]
    public async Task Log_ins_at_the_authentication_service_count_too_and_what_is_not_the_homeservers_takes_no_place()
    {
        await using var backend = new HoldingBackend();
        await using var service = RawBackend.Answering();
        await using var gateway = await RunningGateway.StartAsync($$"""
            {
              "Limits": { {{TwoLogins}}, "Concurrency": { "Requests": 1, "PerClient": 0, "Queue": 0 } },
              "Sites": [{
                "ServerName": "example.com", "Homeserver": { "Address": "http://127.0.0.1:{{backend.Raw.Port}}" },
                "AuthenticationService": { "Address": "http://127.0.0.1:{{service.Port}}" }
              }]
            }
            """);
        var first = AskAloneAsync(gateway, "GET /_matrix/client/v3/profile/1");
        await backend.HasAsync("/_matrix/client/v3/profile/1");
        await using var client = await gateway.ConnectAsync();

        var statuses = new List<int>();
        foreach (var line in new[] { Login, Login, Login, "POST /_matrix/client/v3/logout", "GET /_matrix/client/v3/profile/2" })
            statuses.Add((await AskAsync(client, line)).Status);
        backend.ReleaseAll();

        Assert.Equal([200, 200, 429, 200, 429], statuses);
        Assert.Equal(3, service.Requests.Count);
        Assert.Equal(200, (await first).Status);
    }

    [Fact]
    public async Task Requests_wait_in_the_order_in_which_they_came_for_as_long_as_there_is_room()
    {
        await using var backend = new HoldingBackend();
        await using var gateway = await StartAsync(backend.Raw, "", """ "Concurrency": { "Requests": 1, "PerClient": 0, "Queue": 2, "WaitFor": "00:05:00" } """);
        var limits = gateway.Services.GetRequiredService<RequestLimits>();

        var first = AskAloneAsync(gateway, "GET /_matrix/client/v3/profile/1");
        await backend.HasAsync("/_matrix/client/v3/profile/1");
        var second = AskAloneAsync(gateway, "GET /_matrix/client/v3/profile/2");
        await UntilAsync(() => limits.FindPlaces("example.com") is { Waiting: 1 });
        var third = AskAloneAsync(gateway, "GET /_matrix/client/v3/profile/3");
        await UntilAsync(() => limits.FindPlaces("example.com") is { Waiting: 2 });
        var fourth = await AskAloneAsync(gateway, "GET /_matrix/client/v3/profile/4");
        var metrics = await MetricsAsync(gateway);

        // What waits by design takes no place.
        var poll = AskAloneAsync(gateway, "GET /_matrix/client/v3/sync?timeout=30000");
        await backend.HasAsync("/_matrix/client/v3/sync?timeout=30000");
        var media = AskAloneAsync(gateway, "GET /_matrix/client/v1/media/download/x/y");
        await backend.HasAsync("/_matrix/client/v1/media/download/x/y");

        Assert.Equal(429, fourth.Status);
        Assert.Equal(["5"], fourth.Header("Retry-After"));
        Assert.Contains("\"retry_after_ms\":5000", fourth.Text, StringComparison.Ordinal);
        Assert.Equal(["*"], fourth.Header("Access-Control-Allow-Origin"));
        Assert.Contains("matrixedge_requests_running{site=\"example.com\"} 1", metrics, StringComparison.Ordinal);
        Assert.Contains("matrixedge_requests_waiting{site=\"example.com\"} 2", metrics, StringComparison.Ordinal);
        Assert.Contains("matrixedge_requests_limited_total{group=\"Concurrency\",site=\"example.com\"} 1", metrics, StringComparison.Ordinal);
        Assert.Contains("1 requests are under way and 2 wait already", await gateway.Events.WaitForAsync(" 429 "), StringComparison.Ordinal);
        await gateway.Events.WaitForAsync("example.com has 1 requests under way; who waits longer than 00:05:00, or behind 2 others, is answered with 429");

        Assert.False(backend.Has("/_matrix/client/v3/profile/2"));
        backend.Release("/_matrix/client/v3/profile/1");
        await backend.HasAsync("/_matrix/client/v3/profile/2");
        Assert.False(backend.Has("/_matrix/client/v3/profile/3"));
        backend.ReleaseAll();
        Assert.Equal([200, 200, 200, 200, 200], (await Task.WhenAll(first, second, third, poll, media)).Select(answer => answer.Status));
        await UntilAsync(() => limits.FindPlaces("example.com") is { Running: 0, Waiting: 0 });
    }

    [Fact]
    public async Task Whoever_waits_too_long_is_asked_to_come_again()
    {
        await using var backend = new HoldingBackend();
        await using var gateway = await StartAsync(backend.Raw, "", """ "Concurrency": { "Requests": 1, "PerClient": 0, "Queue": 10, "WaitFor": "00:00:01" } """);
        var first = AskAloneAsync(gateway, "GET /_matrix/client/v3/profile/1");
        await backend.HasAsync("/_matrix/client/v3/profile/1");

        var second = await AskAloneAsync(gateway, "GET /_matrix/client/v3/profile/2");

        Assert.Equal(429, second.Status);
        Assert.Contains("1 requests are under way, and none ended within 00:00:01", await gateway.Events.WaitForAsync(" 429 "), StringComparison.Ordinal);
        backend.ReleaseAll();
        Assert.Equal(200, (await first).Status);
        Assert.False(backend.Has("/_matrix/client/v3/profile/2"));
    }

    [Fact]
    public async Task Whoever_goes_away_while_waiting_gives_up_the_place_in_the_queue()
    {
        await using var backend = new HoldingBackend();
        await using var gateway = await StartAsync(backend.Raw, "", """ "Concurrency": { "Requests": 1, "PerClient": 2, "Queue": 10, "WaitFor": "00:05:00" } """);
        var limits = gateway.Services.GetRequiredService<RequestLimits>();
        var first = AskAloneAsync(gateway, "GET /_matrix/client/v3/profile/1");
        await backend.HasAsync("/_matrix/client/v3/profile/1");

        await using (var client = await gateway.ConnectAsync())
        {
            await client.WriteAsync("GET /_matrix/client/v3/profile/2 HTTP/1.1\r\nHost: example.com\r\n\r\n"u8.ToArray());
            await UntilAsync(() => limits.FindPlaces("example.com") is { Waiting: 1 });
        }

        await UntilAsync(() => limits.FindPlaces("example.com") is { Waiting: 0 });
        Assert.Contains("the client went away while waiting", await gateway.Events.WaitForAsync(" 499 "), StringComparison.Ordinal);
        var third = AskAloneAsync(gateway, "GET /_matrix/client/v3/profile/3");
        await UntilAsync(() => limits.FindPlaces("example.com") is { Waiting: 1 });
        backend.ReleaseAll();
        Assert.Equal([200, 200], (await Task.WhenAll(first, third)).Select(answer => answer.Status));
        Assert.False(backend.Has("/_matrix/client/v3/profile/2"));
        Assert.DoesNotContain(gateway.Events.All, entry => entry.Level >= Serilog.Events.LogEventLevel.Error);
    }

    [Fact]
    public async Task One_client_cannot_hold_every_place()
    {
        await using var backend = new HoldingBackend();
        await using var gateway = await StartAsync(backend.Raw, "", """ "Concurrency": { "Requests": 4, "Queue": 0 } """);
        var slow = new List<SslStream>();
        try
        {
            // Bodies that never end; the homeserver hears of them and waits.
            for (var i = 0; i < 3; i++)
            {
                slow.Add(await gateway.ConnectAsync());
                await slow[i].WriteAsync(Encoding.ASCII.GetBytes($"{Send}{i} HTTP/1.1\r\nHost: example.com\r\nContent-Length: 10\r\n\r\nx"));
            }

            await gateway.Events.WaitForAsync("127.0.0.1 has 2 requests under way at example.com: more are answered with 429");
            await using var neighbour = await gateway.ConnectAsync(from: IPAddress.Parse("127.0.0.9"));
            backend.ReleaseAll();

            Assert.Equal(200, (await AskAsync(neighbour, "GET /_matrix/client/versions")).Status);
        }
        finally
        {
            foreach (var connection in slow)
                await connection.DisposeAsync();
        }
    }

    [Fact]
    public async Task Who_waits_while_the_configuration_changes_is_served_all_the_same()
    {
        await using var backend = new HoldingBackend();
        await using var gateway = await StartAsync(backend.Raw, "", """ "Concurrency": { "Requests": 1, "PerClient": 0, "Queue": 5, "WaitFor": "00:05:00" } """);
        var limits = gateway.Services.GetRequiredService<RequestLimits>();
        var first = AskAloneAsync(gateway, "GET /_matrix/client/v3/profile/1");
        await backend.HasAsync("/_matrix/client/v3/profile/1");
        var second = AskAloneAsync(gateway, "GET /_matrix/client/v3/profile/2");
        await UntilAsync(() => limits.FindPlaces("example.com") is { Waiting: 1 });

        gateway.Reconfigure(Configuration(backend.Raw, "", """ "Concurrency": { "Requests": 2, "PerClient": 0, "Queue": 5, "WaitFor": "00:05:00" } """));
        await gateway.Events.WaitForAsync("is in force now");
        var third = AskAloneAsync(gateway, "GET /_matrix/client/v3/profile/3");
        await backend.HasAsync("/_matrix/client/v3/profile/3");
        backend.ReleaseAll();

        Assert.Equal([200, 200, 200], (await Task.WhenAll(first, second, third)).Select(answer => answer.Status));
        await UntilAsync(() => limits.FindPlaces("example.com") is { Running: 0, Waiting: 0 });
    }

    private static Task<RunningGateway> StartAsync(RawBackend backend, string more, string limits) => RunningGateway.StartAsync(Configuration(backend, more, limits));

    private static string Configuration(RawBackend backend, string more, string limits) => $$"""
        {
          {{more}}
          "Limits": { {{limits}} },
          "Sites": [{ "ServerName": "example.com", "Homeserver": { "Address": "http://127.0.0.1:{{backend.Port}}" } }]
        }
        """;

    private static Task<RawAnswer> AskAsync(Stream client, string line, string headers = "") =>
        RawAnswer.ExchangeAsync(client, $"{line} HTTP/1.1\r\nHost: example.com\r\n{headers}Content-Length: 0\r\n\r\n");

    private static async Task<RawAnswer> AskAloneAsync(RunningGateway gateway, string line)
    {
        await using var client = await gateway.ConnectAsync();
        return await AskAsync(client, line);
    }

    private static async Task<string> MetricsAsync(RunningGateway gateway)
    {
        using var client = new System.Net.Sockets.TcpClient();
        await client.ConnectAsync(gateway.EndPoints(ListenerKind.Admin)[0]);
        return (await RawAnswer.ExchangeAsync(client.GetStream(), "GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n")).Text;
    }

    private static async Task UntilAsync(Func<bool> isSo)
    {
        for (var i = 0; i < 3000; i++)
        {
            if (isSo())
                return;
            await Task.Delay(10);
        }

        throw new TimeoutException("It never came to be");
    }

    /// <summary>A homeserver that answers a request when it is told to.</summary>
    private sealed class HoldingBackend : IAsyncDisposable
    {
        private readonly ConcurrentDictionary<string, bool> came = new();
        private readonly ConcurrentDictionary<string, TaskCompletionSource> held = new();
        private readonly TaskCompletionSource all = new();

        public HoldingBackend() => Raw = new RawBackend(async (request, connection) =>
        {
            if (!request.IsGatewaysOwn)
            {
                came[request.Target] = true;
                await Task.WhenAny(Held(request.Target).Task, all.Task).WaitAsync(connection.Stop);
            }

            await connection.SendAsync("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}");
        });

        public RawBackend Raw { get; }

        public bool Has(string target) => came.ContainsKey(target);

        public Task HasAsync(string target) => UntilAsync(() => Has(target));

        public void Release(string target) => Held(target).TrySetResult();

        public void ReleaseAll() => all.TrySetResult();

        public ValueTask DisposeAsync() => Raw.DisposeAsync();

        private TaskCompletionSource Held(string target) => held.GetOrAdd(target, _ => new TaskCompletionSource());
    }
}
