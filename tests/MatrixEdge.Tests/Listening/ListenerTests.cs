using System.Net;
using System.Net.Sockets;
using System.Text;
using MatrixEdge.Configuration;
using MatrixEdge.Listening;
using MatrixEdge.Tests.Support;

namespace MatrixEdge.Tests.Listening;

public sealed class ListenerTests
{
    [Fact]
    public async Task A_port_that_is_taken_is_told_by_its_key()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var port = ((IPEndPoint)other.LocalEndpoint).Port;

        var exception = await Assert.ThrowsAsync<ListenerUnavailableException>(() => RunningGateway.StartInFrontOfAsync(1, more: $$"""
            , "Listen": { "Http": "", "Https": "127.0.0.1:0", "Federation": "127.0.0.1:{{port}}", "Admin": "" }
            """));

        Assert.Equal(
            $"MatrixEdge:Listen:Federation is \"127.0.0.1:{port}\": port {port} is taken by another program; `ss -ltnp 'sport = :{port}'` shows which. Stop it, or choose another port",
            exception.Message);
    }

    [Fact]
    public async Task An_address_that_is_not_this_hosts_is_told()
    {
        var exception = await Assert.ThrowsAsync<ListenerUnavailableException>(() => RunningGateway.StartInFrontOfAsync(1, more: """
            , "Listen": { "Http": "", "Https": "198.51.100.1:0", "Federation": "", "Admin": "" }
            """));

        Assert.Equal("MatrixEdge:Listen:Https is \"198.51.100.1:0\": this host has no address 198.51.100.1; `ip address` lists those it has", exception.Message);
    }

    [Fact]
    public void A_port_that_is_forbidden_comes_with_the_ways_to_allow_it()
    {
        ListenAddress.TryParse("MatrixEdge:Listen:Https", "443", out var address);

        Assert.Equal(
            "MatrixEdge:Listen:Https is \"443\": port 443 is forbidden to this user. Allow ports below 1024 with `setcap cap_net_bind_service=+ep` on the program, "
            + "AmbientCapabilities=CAP_NET_BIND_SERVICE in systemd, or sysctl net.ipv4.ip_unprivileged_port_start=0 in a container; on SELinux see `semanage port`",
            ListenerSockets.Message(address!, address!.EndPoints[0], new SocketException((int)SocketError.AccessDenied)));
    }

    [Fact]
    public async Task All_addresses_are_those_of_both_families()
    {
        await using var gateway = await RunningGateway.StartInFrontOfAsync(1, more: """
            , "Listen": { "Http": "0", "Https": "0", "Federation": "0", "Admin": "" }
            """);

        foreach (var address in new[] { IPAddress.Loopback, IPAddress.IPv6Loopback })
        {
            using var client = new TcpClient(address.AddressFamily);
            await client.ConnectAsync(address, gateway.Port(ListenerKind.Http));
            var answer = await RawAnswer.ExchangeAsync(client.GetStream(), "GET / HTTP/1.1\r\nHost: example.com\r\n\r\n");
            Assert.Equal(301, answer.Status);
        }
    }

    [Fact]
    public async Task A_client_by_IPv4_is_known_by_its_IPv4_address_on_a_socket_of_both_families()
    {
        await using var backend = RawBackend.Answering();
        await using var gateway = await RunningGateway.StartInFrontOfAsync(backend.Port, more: """
            , "Listen": { "Http": "", "Https": "0", "Federation": "", "Admin": "" }
            """);
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, gateway.Port(ListenerKind.Https));
        await using var tls = new System.Net.Security.SslStream(client.GetStream(), false, (_, _, _, _) => true);
        await tls.AuthenticateAsClientAsync("example.com");

        await RawAnswer.ExchangeAsync(tls, "GET /_matrix/client/versions HTTP/1.1\r\nHost: example.com\r\n\r\n");

        Assert.Equal(["127.0.0.1"], (await backend.NextRequestAsync()).Header("X-Forwarded-For"));
    }

    [Theory]
    [InlineData("80", "[::]:80")]
    [InlineData("127.0.0.1:8443", "127.0.0.1:8443")]
    [InlineData("[::1]:8443", "[::1]:8443")]
    [InlineData("localhost:8443", "127.0.0.1:8443 [::1]:8443")]
    [InlineData("0.0.0.0:443", "0.0.0.0:443")]
    public void Addresses_are_understood(string text, string endPoints)
    {
        Assert.True(ListenAddress.TryParse("key", text, out var address));
        Assert.Equal(endPoints, string.Join(' ', address!.EndPoints));
    }

    [Theory]
    [InlineData("")]
    [InlineData("x")]
    [InlineData(":80")]
    [InlineData("-1")]
    [InlineData("65536")]
    [InlineData("example.com:80")]
    [InlineData("::1:80")]
    [InlineData("127.1:80")]
    [InlineData("127.0.0.1")]
    public void Other_text_is_not(string text) => Assert.False(ListenAddress.TryParse("key", text, out _));

    [Theory]
    [InlineData(60_000, 200)]
    [InlineData(120_000, 200)]
    [InlineData(140_000, 414)]
    public async Task A_request_line_may_be_long(int length, int status)
    {
        await using var backend = RawBackend.Answering();
        await using var gateway = await RunningGateway.StartInFrontOfAsync(backend.Port);
        await using var client = await gateway.ConnectAsync();

        var answer = await RawAnswer.ExchangeAsync(client, $"GET /_matrix/client/v3/sync?filter={new string('x', length)} HTTP/1.1\r\nHost: example.com\r\n\r\n");

        Assert.Equal(status, answer.Status);
    }

    [Fact]
    public async Task A_slow_upload_survives()
    {
        await using var backend = RawBackend.Answering();
        await using var gateway = await RunningGateway.StartInFrontOfAsync(backend.Port);
        await using var client = await gateway.ConnectAsync();

        await client.WriteAsync(Encoding.ASCII.GetBytes("POST /_matrix/media/v3/upload HTTP/1.1\r\nHost: example.com\r\nContent-Length: 8\r\n\r\n"));
        for (var i = 0; i < 8; i++)
        {
            // One byte a second: far below the 240 bytes that Kestrel asks for after five seconds.
            await client.WriteAsync("x"u8.ToArray());
            await Task.Delay(1000);
        }

        Assert.Equal(200, (await RawAnswer.ReadAsync(client)).Status);
        Assert.Equal("xxxxxxxx", Encoding.ASCII.GetString((await backend.NextRequestAsync()).Body));
    }

    [Fact]
    public async Task Hundreds_of_long_polls_share_a_connection()
    {
        var news = new TaskCompletionSource();
        await using var backend = new RawBackend(async (request, connection) =>
        {
            if (!request.IsGatewaysOwn)
                await news.Task;
            await connection.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        });
        await using var gateway = await RunningGateway.StartInFrontOfAsync(backend.Port);
        using var client = gateway.Client(HttpVersion.Version20, trustEverything: true);

        var polls = Enumerable.Range(0, 500).Select(_ => client.GetAsync(new Uri("https://example.com/_matrix/client/v3/sync?timeout=30000"))).ToList();
        for (var i = 0; i < 1500 && backend.Requests.Count < 500; i++)
            await Task.Delay(20);
        var waiting = backend.Requests.Count;
        news.SetResult();

        Assert.Equal(500, waiting);
        Assert.All(await Task.WhenAll(polls), answer => Assert.Equal(HttpStatusCode.OK, answer.StatusCode));
    }

    [Fact]
    public async Task Old_TLS_is_refused_without_a_word_in_the_log()
    {
        await using var gateway = await RunningGateway.StartInFrontOfAsync(1);
        using var client = new TcpClient();
        await client.ConnectAsync(gateway.EndPoints(ListenerKind.Https)[0]);

        // A ClientHello that offers TLS 1.0 at most, then plain HTTP on a TLS port.
        await client.GetStream().WriteAsync(Convert.FromHexString("160301002f0100002b0301" + new string('0', 64) + "00000400" + "2f003501000000"));
        var alert = new byte[64];
        Assert.True(await client.GetStream().ReadAsync(alert) is 0 or 7);
        using var plain = new TcpClient();
        await plain.ConnectAsync(gateway.EndPoints(ListenerKind.Federation)[0]);
        await plain.GetStream().WriteAsync("GET / HTTP/1.1\r\nHost: example.com\r\n\r\n"u8.ToArray());
        _ = await plain.GetStream().ReadAsync(alert);

        Assert.DoesNotContain(gateway.Events.All, entry => entry.Level >= Serilog.Events.LogEventLevel.Error || entry.Exception is not null);
    }
}
