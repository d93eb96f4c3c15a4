using System.Net;
using System.Net.WebSockets;
using System.Text;
using MatrixEdge.Listening;
using MatrixEdge.Tests.Support;

namespace MatrixEdge.Tests.Proxying;

/// <summary>What the homeserver does reaches the client as it did it; what it cannot do, the gateway says as a Matrix error.</summary>
public sealed class ForwardingTests
{
    private const string Get = "GET /_matrix/client/v3/account/whoami HTTP/1.1\r\nHost: matrix.example.com\r\n\r\n";

    [Fact]
    public async Task Redirects_are_passed_on_and_not_followed()
    {
        await using var backend = new RawBackend((_, connection) => connection.SendAsync(
            "HTTP/1.1 307 Temporary Redirect\r\nLocation: https://cdn.example.net/a%2Fb?x=%20\r\nContent-Length: 0\r\n\r\n"));
        await using var gateway = await RunningGateway.StartInFrontOfAsync(backend.Port);
        await using var client = await gateway.ConnectAsync();

        var answer = await RawAnswer.ExchangeAsync(client, Get);

        Assert.Equal(307, answer.Status);
        Assert.Equal(["https://cdn.example.net/a%2Fb?x=%20"], answer.Header("Location"));
        Assert.Single(backend.Requests);
    }

    [Fact]
    public async Task A_known_length_stays_known_and_an_unknown_one_unknown()
    {
        await using var backend = RawBackend.Answering();
        await using var gateway = await RunningGateway.StartInFrontOfAsync(backend.Port);
        await using var client = await gateway.ConnectAsync();

        await RawAnswer.ExchangeAsync(client, "POST /_matrix/media/v3/upload HTTP/1.1\r\nHost: example.com\r\nContent-Length: 5\r\n\r\nhello");
        await RawAnswer.ExchangeAsync(client, "POST /_matrix/media/v3/upload HTTP/1.1\r\nHost: example.com\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n");

        var (known, unknown) = (await backend.NextRequestAsync(), await backend.NextRequestAsync());
        Assert.Equal(["5"], known.Header("Content-Length"));
        Assert.Empty(known.Header("Transfer-Encoding"));
        Assert.Equal(["chunked"], unknown.Header("Transfer-Encoding"));
        Assert.Equal("hello", Encoding.UTF8.GetString(unknown.Body));
    }

    [Theory]
    [InlineData("Set-Cookie: a=1\r\nSet-Cookie: b=2; Path=/\r\n", "Set-Cookie", new[] { "a=1", "b=2; Path=/" })]
    [InlineData("X-Odd: caf\u00e9  two\r\n", "X-Odd", new[] { "caf\u00e9  two" })]
    [InlineData("Server: Synapse/1.160.0\r\n", "Server", new[] { "Synapse/1.160.0" })]
    [InlineData("Alt-Svc: h3=\":8448\"\r\n", "Alt-Svc", new string[0])]
    [InlineData("Access-Control-Allow-Origin: *\r\n", "Access-Control-Allow-Origin", new[] { "*" })]
    [InlineData("", "Access-Control-Allow-Origin", new string[0])]
    [InlineData("Content-Type: multipart/mixed; boundary=\"x y\"\r\n", "Content-Type", new[] { "multipart/mixed; boundary=\"x y\"" })]
    [InlineData("Expires: 0\r\nLast-Modified: never\r\n", "Expires", new[] { "0" })]
    public async Task Headers_of_the_answer_are_the_homeservers(string sent, string name, string[] received)
    {
        await using var backend = new RawBackend((_, connection) => connection.SendAsync($"HTTP/1.1 200 OK\r\n{sent}Content-Length: 0\r\n\r\n"));
        await using var gateway = await RunningGateway.StartInFrontOfAsync(backend.Port);
        await using var client = await gateway.ConnectAsync();

        var answer = await RawAnswer.ExchangeAsync(client, Get);

        Assert.Equal(received, answer.Header(name));
    }

    [Fact]
    public async Task Trailers_of_the_answer_arrive()
    {
        await using var backend = new RawBackend((_, connection) => connection.SendAsync(
            "HTTP/1.1 200 OK\r\nTrailer: X-Checksum\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\nX-Checksum: 42\r\n\r\n"));
        await using var gateway = await RunningGateway.StartInFrontOfAsync(backend.Port);
        using var client = gateway.Client(HttpVersion.Version20, trustEverything: true);

        using var answer = await client.GetAsync(new Uri("https://matrix.example.com/_matrix/client/versions"));

        Assert.Equal("hi", await answer.Content.ReadAsStringAsync());
        Assert.Equal(["42"], answer.TrailingHeaders.GetValues("X-Checksum"));
    }

    [Fact]
    public async Task Nothing_is_held_back_on_its_way()
    {
        var more = new TaskCompletionSource();
        await using var backend = new RawBackend(async (_, connection) =>
        {
            await connection.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nhalf");
            await more.Task;
            await connection.SendAsync("rest");
        });
        await using var gateway = await RunningGateway.StartInFrontOfAsync(backend.Port);
        using var client = gateway.Client(HttpVersion.Version20, trustEverything: true);

        using var answer = await client.GetAsync(new Uri("https://matrix.example.com/_matrix/client/v3/sync"), HttpCompletionOption.ResponseHeadersRead);
        await using var body = await answer.Content.ReadAsStreamAsync();
        var buffer = new byte[8];
        await body.ReadExactlyAsync(buffer.AsMemory(0, 4));
        more.SetResult();
        await body.ReadExactlyAsync(buffer.AsMemory(4));

        Assert.Equal("halfrest", Encoding.UTF8.GetString(buffer));
        Assert.Equal(8, answer.Content.Headers.ContentLength);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task A_client_that_goes_away_ends_the_request_at_the_homeserver(int httpVersion)
    {
        var closed = new TaskCompletionSource<bool>();
        await using var backend = new RawBackend(async (request, connection) =>
        {
            if (!request.IsGatewaysOwn)
                closed.SetResult(await connection.WaitForCloseAsync());
        });
        await using var gateway = await RunningGateway.StartInFrontOfAsync(backend.Port);

        if (httpVersion == 1)
        {
            await using var client = await gateway.ConnectAsync();
            await client.WriteAsync(Encoding.ASCII.GetBytes("GET /_matrix/client/v3/sync?timeout=30000 HTTP/1.1\r\nHost: example.com\r\n\r\n"));
            await backend.NextRequestAsync();
        }
        else
        {
            using var client = gateway.Client(HttpVersion.Version20, trustEverything: true);
            using var cancel = new CancellationTokenSource();
            var sync = client.GetAsync(new Uri("https://example.com/_matrix/client/v3/sync?timeout=30000"), cancel.Token);
            await backend.NextRequestAsync();
            await cancel.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sync);
        }

        Assert.True(await closed.Task.WaitAsync(TimeSpan.FromSeconds(20)));
        Assert.Contains("499", await gateway.Events.WaitForAsync("the client went away"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nonly \r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nnot a number\r\n")]
    public async Task An_answer_that_breaks_off_is_seen_to_be_incomplete(string sent)
    {
        await using var backend = new RawBackend(async (_, connection) =>
        {
            await connection.SendAsync(sent);
            connection.Reset();
        });
        await using var gateway = await RunningGateway.StartInFrontOfAsync(backend.Port);
        await using var client = await gateway.ConnectAsync();

        // Depending on when the reset is noticed, the status is already sent or can still be a better one.
        var answer = await RawAnswer.ExchangeAsync(client, Get);

        Assert.True(!answer.IsComplete || answer.Status == 502, answer.Head);
        AssertNoErrors(gateway);
    }

    [Theory]
    [InlineData("SSH-2.0-OpenSSH_9.2\r\n")]
    [InlineData("HTTP/1.1 abc\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nno colon here\r\n\r\n")]
    [InlineData("\0\0\0\0\0\0\0\0\r\n\r\n")]
    [InlineData("")]
    public async Task Garbage_for_an_answer_is_a_502(string sent)
    {
        await using var backend = new RawBackend(async (_, connection) =>
        {
            await connection.SendAsync(sent);
            await connection.DisposeAsync();
        });
        await using var gateway = await RunningGateway.StartInFrontOfAsync(backend.Port);
        await using var client = await gateway.ConnectAsync();

        var answer = await RawAnswer.ExchangeAsync(client, Get);

        AssertMatrixError(answer, 502, "M_UNKNOWN", "The homeserver cannot be reached at the moment, please try again shortly");
        Assert.Equal(["5"], answer.Header("Retry-After"));
        AssertNoErrors(gateway);
    }

    [Fact]
    public async Task A_homeserver_that_is_down_is_a_502_at_once_and_back_at_once()
    {
        var gone = RawBackend.Answering();
        var port = gone.Port;
        await gone.DisposeAsync();
        await using var gateway = await RunningGateway.StartInFrontOfAsync(port);
        await using var client = await gateway.ConnectAsync();

        var down = await RawAnswer.ExchangeAsync(client, Get);
        var document = await RawAnswer.ExchangeAsync(client, "GET /.well-known/matrix/server HTTP/1.1\r\nHost: example.com\r\n\r\n");
        await using var back = new RawBackend((_, connection) => connection.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"), port);
        var up = await RawAnswer.ExchangeAsync(client, Get);

        AssertMatrixError(down, 502, "M_UNKNOWN", "The homeserver cannot be reached at the moment, please try again shortly");
        Assert.Equal(200, document.Status);
        Assert.Equal(200, up.Status);
        await gateway.Events.WaitForAsync("answers again");
        AssertNoErrors(gateway);
    }

    [Fact]
    public async Task A_browser_can_read_the_error()
    {
        var gone = RawBackend.Answering();
        var port = gone.Port;
        await gone.DisposeAsync();
        await using var gateway = await RunningGateway.StartInFrontOfAsync(port);
        using var client = gateway.Client(HttpVersion.Version20, trustEverything: true);

        using var answer = await client.GetAsync(new Uri("https://matrix.example.com/_matrix/client/v3/sync"));

        Assert.Equal(HttpStatusCode.BadGateway, answer.StatusCode);
        Assert.Equal(["*"], answer.Headers.GetValues("Access-Control-Allow-Origin"));
        Assert.Equal("application/json", answer.Content.Headers.ContentType!.ToString());
    }

    [Fact]
    public async Task A_connection_that_is_taken_over_is_given_what_any_request_is_given()
    {
        const string Head = "GET /_matrix/client/unstable/ws HTTP/1.1\r\nHost: example.com\r\nX-Forwarded-For: 192.0.2.1\r\nX-Real-IP: 192.0.2.1\r\nCookie: a=1\r\nCookie: b=2\r\nX-Odd: \u00e9\r\n";
        await using var backend = RawBackend.Answering();
        await using var gateway = await RunningGateway.StartInFrontOfAsync(backend.Port);

        await using var plain = await gateway.ConnectAsync();
        await RawAnswer.ExchangeAsync(plain, Head + "\r\n");
        var expected = await backend.NextRequestAsync();
        await using var takenOver = await gateway.ConnectAsync();
        await RawAnswer.ExchangeAsync(takenOver, Head + "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n");
        var request = await backend.NextRequestAsync();

        Assert.Equal(["websocket"], request.Header("Upgrade"));
        Assert.Equal(["a=1; b=2"], request.Header("Cookie"));
        Assert.Equal(["127.0.0.1"], request.Header("X-Forwarded-For"));
        Assert.Equal(
            expected.Headers.Order(),
            request.Headers.Where(header => header.Name is not ("Connection" or "Upgrade") && !header.Name.StartsWith("Sec-WebSocket-", StringComparison.Ordinal)).Order());
    }

    [Fact]
    public async Task WebSockets_pass_both_ways()
    {
        await using var backend = new RawBackend(async (request, connection) =>
        {
            if (request.Header("Sec-WebSocket-Key") is not [var key])
                return;

#pragma warning disable CA5350 // RFC 6455 §4.2.2 wants SHA-1
            var accept = Convert.ToBase64String(System.Security.Cryptography.SHA1.HashData(Encoding.ASCII.GetBytes(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11")));
#pragma warning restore CA5350
            await connection.SendAsync($"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n\r\n");

            // One masked frame of five letters in, the same out, unmasked.
            for (var left = 11; left > 0;)
                left -= await connection.ReadSomeAsync(new byte[left]);
            await connection.SendAsync([0x81, 5, .. Encoding.ASCII.GetBytes("hello")]);
        });
        await using var gateway = await RunningGateway.StartInFrontOfAsync(backend.Port);
        using var socket = new ClientWebSocket();
        using var invoker = new HttpMessageInvoker(new SocketsHttpHandler { SslOptions = { RemoteCertificateValidationCallback = (_, _, _, _) => true } });

        socket.Options.SetRequestHeader("Host", "example.com");
        await socket.ConnectAsync(new Uri($"wss://localhost:{gateway.Port(ListenerKind.Https)}/_matrix/client/unstable/ws"), invoker, CancellationToken.None);
        await socket.SendAsync("hello"u8.ToArray(), WebSocketMessageType.Text, true, CancellationToken.None);
        var buffer = new byte[16];
        var received = await socket.ReceiveAsync(buffer, CancellationToken.None);

        Assert.Equal("hello", Encoding.UTF8.GetString(buffer, 0, received.Count));
    }

    [Theory]
    [InlineData("Content-Length: 101\r\n\r\n")]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n")]
    public async Task An_upload_larger_than_the_homeserver_takes_is_refused(string framing)
    {
        await using var backend = new RawBackend((request, connection) => connection.SendAsync(request.Target.EndsWith("/media/config", StringComparison.Ordinal)
            ? "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 21\r\n\r\n{\"m.upload.size\":100}"
            : request.Target.EndsWith("/versions", StringComparison.Ordinal)
            ? "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 22\r\n\r\n{\"versions\":[\"v1.11\"]}"
            : "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"));
        await using var gateway = await RunningGateway.StartInFrontOfAsync(backend.Port);
        var body = framing.Contains("chunked", StringComparison.Ordinal) ? $"65\r\n{new string('x', 101)}\r\n0\r\n\r\n" : new string('x', 101);

        // A client asks for the limit, as clients do before they upload; the answer passes by the gateway.
        await using var first = await gateway.ConnectAsync();
        await RawAnswer.ExchangeAsync(first, "GET /_matrix/client/v1/media/config HTTP/1.1\r\nHost: example.com\r\n\r\n");
        await using var second = await gateway.ConnectAsync();
        var large = await RawAnswer.ExchangeAsync(second, $"POST /_matrix/media/v3/upload HTTP/1.1\r\nHost: example.com\r\n{framing}{body}");
        await using var third = await gateway.ConnectAsync();
        var fits = await RawAnswer.ExchangeAsync(third, $"POST /_matrix/media/v3/upload HTTP/1.1\r\nHost: example.com\r\nContent-Length: 100\r\n\r\n{new string('x', 100)}");

        AssertMatrixError(large, 413, "M_TOO_LARGE", "This server accepts at most 100 bytes");
        Assert.Equal(200, fits.Status);
        AssertNoErrors(gateway);
    }

    [Fact]
    public async Task What_one_user_may_upload_does_not_bind_another()
    {
        await using var backend = new RawBackend((request, connection) => connection.SendAsync(
            request.Target.EndsWith("/media/config", StringComparison.Ordinal) && request.Header("Authorization").Count > 0
                ? "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n15\r\n{\"m.upload.size\":100}\r\n0\r\n\r\n"
                : request.Target.EndsWith("/media/config", StringComparison.Ordinal)
                ? "HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n"
                : "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 22\r\n\r\n{\"versions\":[\"v1.11\"]}"));
        await using var gateway = await RunningGateway.StartInFrontOfAsync(backend.Port);
        async Task<int> UploadAsync(string token)
        {
            await using var client = await gateway.ConnectAsync();
            return (await RawAnswer.ExchangeAsync(client,
                $"POST /_matrix/media/v3/upload HTTP/1.1\r\nHost: example.com\r\nAuthorization: Bearer {token}\r\nContent-Length: 200\r\n\r\n{new string('x', 200)}")).Status;
        }

        await using var asking = await gateway.ConnectAsync();
        await RawAnswer.ExchangeAsync(asking, "GET /_matrix/client/v1/media/config HTTP/1.1\r\nHost: example.com\r\nAuthorization: Bearer small\r\n\r\n");

        Assert.Equal(413, await UploadAsync("small"));
        Assert.Equal(200, await UploadAsync("large"));
    }

    [Fact]
    public async Task An_upload_that_the_homeserver_breaks_off_is_probably_too_large()
    {
        await using var backend = new RawBackend((_, _) => Task.CompletedTask) { ReadsBodies = false };
        await using var gateway = await RunningGateway.StartInFrontOfAsync(backend.Port);
        using var client = gateway.Client(HttpVersion.Version20, trustEverything: true);

        using var answer = await client.PostAsync(new Uri("https://example.com/_matrix/media/v3/upload"), new ByteArrayContent(new byte[20_000_000]));

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, answer.StatusCode);
        Assert.Contains("M_TOO_LARGE", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.DoesNotContain(gateway.Events.Messages, message => message.Contains("cannot be reached", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_small_upload_that_breaks_off_was_not_too_large()
    {
        await using var backend = new RawBackend((_, _) => Task.CompletedTask) { ReadsBodies = false };
        await using var gateway = await RunningGateway.StartInFrontOfAsync(backend.Port);
        using var client = gateway.Client(HttpVersion.Version20, trustEverything: true);

        using var answer = await client.PostAsync(new Uri("https://example.com/_matrix/media/v3/upload"), new ByteArrayContent(new byte[100_000]));

        Assert.Equal(HttpStatusCode.BadGateway, answer.StatusCode);
    }

    [Fact]
    public async Task An_upload_within_the_known_limit_that_breaks_off_was_not_too_large()
    {
        await using var backend = new RawBackend(async (request, connection) =>
        {
            if (request.Target.EndsWith("/media/config", StringComparison.Ordinal))
                await connection.SendAsync("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 26\r\n\r\n{\"m.upload.size\":50000000}");
            else
                connection.Reset();
        });
        await using var gateway = await RunningGateway.StartInFrontOfAsync(backend.Port);
        using var client = gateway.Client(HttpVersion.Version20, trustEverything: true);

        await client.GetStringAsync(new Uri("https://example.com/_matrix/client/v1/media/config"));
        using var answer = await client.PostAsync(new Uri("https://example.com/_matrix/media/v3/upload"), new ByteArrayContent(new byte[20_000_000]));

        Assert.Equal(HttpStatusCode.BadGateway, answer.StatusCode);
        Assert.Contains("cannot be reached at the moment", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nX-Bad: a\u0001b\r\nContent-Length: 0\r\n\r\n")]
    [InlineData("nonsense\r\n\r\n")]
    public async Task One_bad_answer_does_not_make_a_homeserver_down(string sent)
    {
        await using var backend = new RawBackend((request, connection) => connection.SendAsync(
            request.IsGatewaysOwn ? "HTTP/1.1 200 OK\r\nContent-Length: 15\r\n\r\n{\"versions\":[]}" : sent));
        await using var gateway = await RunningGateway.StartInFrontOfAsync(backend.Port);
        await using var client = await gateway.ConnectAsync();

        await RawAnswer.ExchangeAsync(client, Get);

        Assert.DoesNotContain(gateway.Events.Messages, message => message.Contains("cannot be reached", StringComparison.Ordinal) || message.StartsWith("Error", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_homeserver_that_says_odd_things_of_itself_does_no_harm()
    {
        await using var backend = RawBackend.Answering("""{"versions":["\ud800",1,{}],"server":{"name":"\ud800"},"m.upload.size":1e99}""");
        await using var gateway = await RunningGateway.StartInFrontOfAsync(backend.Port);
        await using var client = await gateway.ConnectAsync();

        await gateway.Events.WaitForAsync("does not answer");
        Assert.Equal(200, (await RawAnswer.ExchangeAsync(client, Get)).Status);
        AssertNoErrors(gateway);
        await gateway.StopAsync().WaitAsync(TimeSpan.FromSeconds(20));
    }

    [Fact]
    public async Task A_large_body_passes_when_no_limit_is_known()
    {
        await using var backend = RawBackend.Answering();
        await using var gateway = await RunningGateway.StartInFrontOfAsync(backend.Port);
        using var client = gateway.Client(HttpVersion.Version20, trustEverything: true);
        var body = new byte[40_000_000];
        new Random(1).NextBytes(body);

        using var answer = await client.PostAsync(new Uri("https://matrix.example.com/_matrix/media/v3/upload"), new ByteArrayContent(body));

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        var received = await backend.NextRequestAsync();
        Assert.True(body.AsSpan().SequenceEqual(received.Body));
    }

    [Fact]
    public async Task Hop_by_hop_headers_end_at_the_gateway()
    {
        await using var backend = RawBackend.Answering();
        await using var gateway = await RunningGateway.StartInFrontOfAsync(backend.Port);
        await using var client = await gateway.ConnectAsync();

        await RawAnswer.ExchangeAsync(client,
            "GET /_matrix/client/versions HTTP/1.1\r\nHost: example.com\r\nConnection: X-Mine\r\nX-Mine: 1\r\nKeep-Alive: timeout=5\r\nTE: trailers\r\nX-Other: 2\r\n\r\n");

        var request = await backend.NextRequestAsync();
        Assert.Equal(["X-Other"], request.Headers.Select(header => header.Name).Where(name => name.StartsWith("X-", StringComparison.Ordinal) && !name.StartsWith("X-Forwarded", StringComparison.Ordinal)));
        Assert.Empty(request.Header("Keep-Alive"));
        Assert.Empty(request.Header("TE"));
    }

    private static void AssertMatrixError(RawAnswer answer, int status, string code, string message)
    {
        Assert.Equal(status, answer.Status);
        Assert.Equal(["application/json"], answer.Header("Content-Type"));
        Assert.Equal(["*"], answer.Header("Access-Control-Allow-Origin"));
        Assert.Equal($$"""{"errcode":"{{code}}","error":"{{message}}"}""", answer.Text);
    }

    private static void AssertNoErrors(RunningGateway gateway) =>
        Assert.DoesNotContain(gateway.Events.All, entry => entry.Level >= Serilog.Events.LogEventLevel.Error || entry.Exception is not null);
}
