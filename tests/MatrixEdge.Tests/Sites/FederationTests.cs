using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using MatrixEdge.Configuration;
using MatrixEdge.Listening;
using MatrixEdge.Sites;
using MatrixEdge.Tests.Support;

namespace MatrixEdge.Tests.Sites;

/// <summary>Who comes, to whom, and by which way.</summary>
public sealed class FederationTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Servers_are_counted_by_the_name_that_they_sign_with()
    {
        await using var backend = new RawBackend((request, connection) => connection.SendAsync(
            request.Target.Contains("forged", StringComparison.Ordinal) ? "HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n" : "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"));
        await using var gateway = await RunningGateway.StartInFrontOfAsync(backend.Port);
        using var admin = Admin(gateway);

        for (var i = 0; i < 3; i++)
            await SendAsync(gateway, "busy.example", "example.com", "matrix.example.com:8448");
        await SendAsync(gateway, "rare.example", "example.com", "matrix.example.com:8448");
        await SendAsync(gateway, "forged.example", "example.com", "matrix.example.com:8448", "/_matrix/federation/v1/send/forged");

        var site = await SiteAsync(admin, requests: 4);
        Assert.Equal(["busy.example 3", "rare.example 1"], site.GetProperty("busiest").EnumerateArray().Select(one => $"{one.GetProperty("server").GetString()} {one.GetProperty("requests").GetInt64()}"));
        Assert.Equal((2, 4L), (site.GetProperty("servers").GetInt32(), site.GetProperty("requests").GetInt64()));
        Assert.Equal(JsonValueKind.Null, site.GetProperty("migration").ValueKind);
        Assert.Contains("matrixedge_federation_origins{site=\"example.com\"} 2", await admin.GetStringAsync(new Uri("/metrics", UriKind.Relative), Stop), StringComparison.Ordinal);
    }

    // Any client can write any name into a header, and much of what a homeserver answers needs no signature: whoever could be
    // counted so could fill the memory, or keep a move from ever being done.
    [Theory]
    [InlineData("GET", "/_matrix/client/versions")]
    [InlineData("GET", "/_matrix/federation/v1/version")]
    [InlineData("GET", "/_matrix/key/v2/server")]
    [InlineData("GET", "/_matrix/federation/v1/openid/userinfo?access_token=x")]
    [InlineData("GET", "/_matrix/federation/v1/%76ersion")]
    [InlineData("GET", "/_matrix/federation/nothing")]
    [InlineData("PUT", "/_matrix/federation/v1/send/not-there")]
    public async Task Nobody_is_counted_whose_name_was_not_verified(string method, string path)
    {
        await using var backend = new RawBackend((request, connection) => connection.SendAsync(
            $"HTTP/1.1 {(request.Target.EndsWith("not-there", StringComparison.Ordinal) ? 404 : 200)} So\r\nContent-Length: 2\r\n\r\n{{}}"));
        await using var gateway = await RunningGateway.StartInFrontOfAsync(backend.Port);
        using var admin = Admin(gateway);

        await SendAsync(gateway, "forged.example", "example.com", "matrix.example.com:8448", path, method: method);
        await SendAsync(gateway, "true.example", "example.com", "matrix.example.com:8448");

        Assert.Equal("true.example", Assert.Single((await SiteAsync(admin, requests: 1)).GetProperty("busiest").EnumerateArray()).GetProperty("server").GetString());
    }

    [Fact]
    public async Task Nothing_is_kept_or_said_of_what_is_no_server_name()
    {
        await using var backend = RawBackend.Answering();
        await using var gateway = await RunningGateway.StartInFrontOfAsync(backend.Port);
        using var admin = Admin(gateway);

        foreach (var name in new[] { new string('a', 256), "a b.example", "{}", "a/b" })
        {
            await SendAsync(gateway, name, "example.com", "matrix.example.com:8448");
            await SendAsync(gateway, name, "other.example", "matrix.example.com:8448");
            await SendAsync(gateway, "a.example", name, "matrix.example.com:8448");
        }

        await SendAsync(gateway, "true.example", "example.com", "matrix.example.com:8448");

        Assert.Equal(1, (await SiteAsync(admin, requests: 1)).GetProperty("servers").GetInt32());
        Assert.DoesNotContain(gateway.Events.Messages, message => message.Contains(" sent a request for ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_move_of_host_and_port_is_told_by_who_still_comes_the_former_way()
    {
        var time = new ManualTime(new DateTimeOffset(2026, 11, 21, 12, 0, 0, TimeSpan.Zero));
        await using var backend = RawBackend.Answering();
        await using var gateway = await RunningGateway.StartAsync($$"""
            {
              "Sites": [{
                "ServerName": "example.com", "PublicHost": "new.example.com", "FederationPort": 443,
                "Homeserver": { "Address": "http://127.0.0.1:{{backend.Port}}" },
                "Migration": { "FromHost": "old.example.com", "FromPort": 8448 },
                "WellKnown": { "CacheFor": "1.00:00:00" }
              }]
            }
            """, time: time);
        using var admin = Admin(gateway);
        using var client = gateway.Client(HttpVersion.Version11);

        // The former name is in the certificate, and documents are kept for five minutes only.
        using (var document = await client.GetAsync(new Uri("https://old.example.com/.well-known/matrix/server"), Stop))
        {
            Assert.Equal("public, max-age=300", document.Headers.NonValidated["Cache-Control"].ToString());
            Assert.Equal("new.example.com:443", (await document.Content.ReadFromJsonAsync<JsonElement>(Stop)).GetProperty("m.server").GetString());
        }

        await SendAsync(gateway, "a.example", "example.com", "old.example.com:8448");
        await SendAsync(gateway, "b.example", "example.com", "new.example.com", kind: ListenerKind.Federation);
        await SendAsync(gateway, "c.example", "example.com", "new.example.com:443");
        await SiteAsync(admin, requests: 3);
        time.Advance(TimeSpan.FromHours(3));
        await SendAsync(gateway, "a.example", "example.com", "new.example.com:443");

        var move = (await SiteAsync(admin, requests: 4)).GetProperty("migration");
        Assert.Equal((1, 2), (move.GetProperty("former").GetInt32(), move.GetProperty("present").GetInt32()));
        Assert.Equal(["b.example"], move.GetProperty("stillFormer").EnumerateArray().Select(name => name.GetString()));
        Assert.Equal("1 server comes by the former way still, the last one 3 hours ago: leave it open", move.GetProperty("verdict").GetString());
        var metrics = await admin.GetStringAsync(new Uri("/metrics", UriKind.Relative), Stop);
        Assert.Contains("matrixedge_migration_origins{site=\"example.com\",way=\"former\"} 1", metrics, StringComparison.Ordinal);
        Assert.Contains("matrixedge_migration_origins{site=\"example.com\",way=\"present\"} 2", metrics, StringComparison.Ordinal);

        time.Advance(TimeSpan.FromHours(46));
        Assert.StartsWith("Nobody has come by the former way for 2 days, longer than any document is remembered: the move is done.", (await SiteAsync(admin, requests: 4)).GetProperty("migration").GetProperty("verdict").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("old.example.com", null, "old.example.com", nameof(ListenerKind.Https), true)]
    [InlineData("old.example.com", null, "OLD.example.com.:8448", nameof(ListenerKind.Federation), true)]
    [InlineData("old.example.com", null, "new.example.com:8448", nameof(ListenerKind.Federation), false)]
    [InlineData("old.example.com", null, "example.com", nameof(ListenerKind.Federation), false)]
    [InlineData(null, 8448, "new.example.com:8448", nameof(ListenerKind.Https), true)] // a port mapped in front
    [InlineData(null, 8448, "new.example.com:443", nameof(ListenerKind.Federation), false)]
    [InlineData(null, 8448, "new.example.com", nameof(ListenerKind.Federation), true)]
    [InlineData(null, 8448, "new.example.com", nameof(ListenerKind.Https), false)]
    [InlineData(null, 443, "new.example.com", nameof(ListenerKind.Https), true)]
    [InlineData(null, 443, "[2001:db8::1]", nameof(ListenerKind.Https), true)]
    [InlineData(null, 443, "[2001:db8::1]:8448", nameof(ListenerKind.Https), false)]
    public void The_former_way_is_told_by_name_and_port(string? fromHost, int? fromPort, string host, string listener, bool isFormer)
    {
        var listen = new ListenSettings(null, null, null, null, TimeSpan.Zero);

        Assert.Equal(isFormer, new FormerWay(new MigrationSettings(fromHost, fromPort), listen).Is(host, Enum.Parse<ListenerKind>(listener)));
    }

    [Fact]
    public async Task A_request_for_another_server_is_told_once_an_hour_with_the_likely_cause()
    {
        var time = new ManualTime(new DateTimeOffset(2026, 11, 21, 12, 0, 0, TimeSpan.Zero));
        await using var backend = RawBackend.Answering();
        await using var gateway = await RunningGateway.StartAsync($$"""
            {
              "Sites": [
                { "ServerName": "one.test", "PublicHost": "matrix.one.test", "Homeserver": { "Address": "http://127.0.0.1:{{backend.Port}}" } },
                { "ServerName": "two.test", "PublicHost": "matrix.two.test", "Homeserver": { "Address": "http://127.0.0.1:{{backend.Port}}" } }
              ]
            }
            """, time: time);

        for (var i = 0; i < 3; i++)
            await SendAsync(gateway, "a.example", "two.test", "matrix.one.test:8448");
        await SendAsync(gateway, "b.example", "matrix.one.test", "matrix.one.test:8448");
        await SendAsync(gateway, "c.example", "three.test", "matrix.one.test:8448");
        await SendAsync(gateway, "d.example", "ONE.test", "matrix.one.test:8448");
        time.Advance(TimeSpan.FromMinutes(61));
        await SendAsync(gateway, "a.example", "two.test", "matrix.one.test:8448");

        var said = gateway.Events.Messages.Where(message => message.Contains(" sent a request for ", StringComparison.Ordinal)).ToList();
        Assert.Equal(4, said.Count);
        Assert.Equal(said[0], said[3]);
        Assert.EndsWith("two.test is a site of this gateway, too, but its well-known document or SRV record leads to matrix.one.test; it must lead to matrix.two.test", said[0], StringComparison.Ordinal);
        Assert.EndsWith("It takes the public host for a server name; its users probably wrote matrix.one.test where one.test was meant", said[1], StringComparison.Ordinal);
        Assert.Contains("addresses of three.test lead here", said[2], StringComparison.Ordinal);
    }

    private static HttpClient Admin(RunningGateway gateway) => new() { BaseAddress = new Uri($"http://127.0.0.1:{gateway.Port(ListenerKind.Admin)}") };

    // A request is counted when it is over, which its sender knows a little earlier.
    private static async Task<JsonElement> SiteAsync(HttpClient admin, long requests)
    {
        while (true)
        {
            var site = (await admin.GetFromJsonAsync<JsonElement>("/federation", Stop)).GetProperty("sites")[0];
            if (site.GetProperty("requests").GetInt64() >= requests)
                return site;
            await Task.Delay(5, Stop);
        }
    }

    // As bytes, so that the Host header is what it is.
    private static async Task SendAsync(
        RunningGateway gateway, string origin, string destination, string host, string path = "/_matrix/federation/v1/send/1", ListenerKind kind = ListenerKind.Https,
        string method = "PUT")
    {
        await using var stream = await gateway.ConnectAsync(kind);
        var answer = await RawAnswer.ExchangeAsync(
            stream, $"{method} {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: X-Matrix origin=\"{origin}\",destination=\"{destination}\",key=\"ed25519:1\",sig=\"c2ln\"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        Assert.InRange(answer.Status, 200, 404);
    }
}
