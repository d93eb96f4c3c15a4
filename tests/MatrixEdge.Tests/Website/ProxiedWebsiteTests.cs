using System.Net;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Security.Cryptography;
using MatrixEdge.Tests.Support;
using Microsoft.AspNetCore.Http;

namespace MatrixEdge.Tests.Website;

/// <summary>A website that another server has, by HTTPS and with a certificate of an authority of its own.</summary>
public sealed class ProxiedWebsiteTests : IDisposable
{
    private const int Large = 40 * 1024 * 1024; // more than the 30 MB at which Kestrel stops by itself
    private const int Piece = 1024 * 1024;

    private readonly TestAuthority authority = new();
    private readonly TemporaryFolder folder = new();

    public ProxiedWebsiteTests() => File.WriteAllText(folder.File("ca.pem"), authority.Root.ExportCertificatePem());

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Is_asked_by_its_own_name_or_by_the_public_one(bool keepHost)
    {
        await using var origin = await WebOrigin.StartAsync(authority.Issue(keepHost ? "example.com" : "localhost"), context => context.Response.WriteAsync("the website", Stop));
        await using var gateway = await StartAsync(origin.Address, keepHost);

        foreach (var version in new[] { HttpVersion.Version11, HttpVersion.Version20 })
        {
            using var client = gateway.Client(version, trustEverything: true);
            Assert.Equal("the website", await client.GetStringAsync(new Uri("https://example.com/a%2Fb?c"), Stop));
        }

        Assert.All(origin.ServerNames, name => Assert.Equal(keepHost ? "example.com" : "localhost", name));
        Assert.Equal(2, origin.Requests.Count);
        Assert.All(origin.Requests, request =>
        {
            Assert.Equal("/a%2Fb?c", request.Target);
            Assert.Equal(keepHost ? "example.com" : $"localhost:{origin.Port}", request.Headers.Host);
            Assert.Equal(keepHost ? "" : "example.com", request.Headers["X-Forwarded-Host"].ToString());
            Assert.Equal("https", request.Headers["X-Forwarded-Proto"]);
            Assert.Equal("127.0.0.1", request.Headers["X-Forwarded-For"]);
        });
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task WebSockets_pass_both_ways(int httpVersion)
    {
        await using var origin = await WebOrigin.StartAsync(authority.Issue("localhost"), async context =>
        {
            using var server = await context.WebSockets.AcceptWebSocketAsync("chat");
            var buffer = new byte[Piece];
            while (true)
            {
                var received = await server.ReceiveAsync(buffer.AsMemory(), Stop);
                if (received.MessageType == WebSocketMessageType.Close)
                    break;
                await server.SendAsync(buffer.AsMemory(0, received.Count), received.MessageType, received.EndOfMessage, Stop);
            }

            await server.CloseAsync(WebSocketCloseStatus.NormalClosure, "bye", Stop);
        });
        await using var gateway = await StartAsync(origin.Address);
        using var invoker = gateway.Client(new Version(httpVersion, httpVersion % 2), trustEverything: true);
        using var socket = new ClientWebSocket();
        socket.Options.HttpVersion = new Version(httpVersion, httpVersion % 2);
        socket.Options.HttpVersionPolicy = HttpVersionPolicy.RequestVersionExact;
        socket.Options.AddSubProtocol("chat");

        await socket.ConnectAsync(new Uri("wss://example.com/socket?room=a%2Fb"), invoker, Stop);

        Assert.Equal("chat", socket.SubProtocol);
        Assert.Equal("/socket?room=a%2Fb", Assert.Single(origin.Requests).Target);
        foreach (var length in new[] { 1, 126, 70_000, 3 })
        {
            var message = RandomNumberGenerator.GetBytes(length);
            await socket.SendAsync(message, WebSocketMessageType.Binary, endOfMessage: true, Stop);
            Assert.Equal(message, await ReceiveAsync(socket, length));
        }

        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, "", Stop);
        Assert.Equal("bye", socket.CloseStatusDescription);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task A_large_upload_and_a_large_download_are_streams(int httpVersion)
    {
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var goOn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var origin = await WebOrigin.StartAsync(authority.Issue("localhost"), async context =>
        {
            if (HttpMethods.IsPost(context.Request.Method))
            {
                // The client has not sent more than a piece yet; the last few kB of that may still be in a buffer on the way.
                await context.Request.Body.ReadExactlyAsync(new byte[Piece / 2], Stop);
                begun.TrySetResult();
                using var rest = new CountingStream();
                await context.Request.Body.CopyToAsync(rest, Stop);
                await context.Response.WriteAsync($"{(Piece / 2) + rest.Count}", Stop);
            }
            else
            {
                await context.Response.Body.WriteAsync(new byte[Piece], Stop);
                await goOn.Task.WaitAsync(Stop); // until the client has read the first piece
                for (var sent = Piece; sent < Large; sent += Piece)
                    await context.Response.Body.WriteAsync(new byte[Piece], Stop);
            }
        });
        await using var gateway = await StartAsync(origin.Address);
        using var client = gateway.Client(new Version(httpVersion, httpVersion % 2), trustEverything: true);
        using var content = new PiecewiseContent(begun.Task, Large);

        using var uploaded = await client.PostAsync(new Uri("https://example.com/upload"), content, Stop);
        using var download = await client.GetAsync(new Uri("https://example.com/download"), HttpCompletionOption.ResponseHeadersRead, Stop);
        await using var stream = await download.Content.ReadAsStreamAsync(Stop);
        await stream.ReadExactlyAsync(new byte[Piece], Stop);
        goOn.SetResult();
        using var rest = new CountingStream();
        await stream.CopyToAsync(rest, Stop);

        Assert.Equal($"{Large}", await uploaded.Content.ReadAsStringAsync(Stop));
        Assert.Equal(Large, Piece + rest.Count);
    }

    [Fact]
    public async Task That_is_down_is_a_page_that_says_so()
    {
        using var down = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        down.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        await using var gateway = await StartAsync($"https://localhost:{((IPEndPoint)down.LocalEndPoint!).Port}");

        await AssertIsPageAsync(gateway);

        Assert.Contains("Connection refused", await gateway.Events.WaitForAsync("the website could not be reached"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Whose_certificate_nobody_trusts_is_not_shown()
    {
        var stranger = new TestAuthority();
        await using var origin = await WebOrigin.StartAsync(stranger.Issue("localhost"), context => context.Response.WriteAsync("the website", Stop));
        await using var trusting = await StartAsync(origin.Address);
        await using var plain = await StartAsync(origin.Address, roots: "");

        foreach (var gateway in new[] { trusting, plain })
        {
            await AssertIsPageAsync(gateway);
            Assert.Matches("502 .*its certificate for localhost is not trusted \\(.*(PartialChain|UntrustedRoot).*\\)$", await gateway.Events.WaitForAsync("the website could not be reached or gave no HTTP answer"));
        }

        Assert.Empty(origin.Requests);
    }

    [Fact]
    public async Task Whose_certificate_has_another_name_is_not_shown()
    {
        await using var origin = await WebOrigin.StartAsync(authority.Issue("www.example.net", "example.net"), context => context.Response.WriteAsync("the website", Stop));
        await using var gateway = await StartAsync(origin.Address);

        await AssertIsPageAsync(gateway);

        Assert.EndsWith("its certificate is for www.example.net, example.net and not for localhost", await gateway.Events.WaitForAsync("could not be reached or gave no HTTP answer"), StringComparison.Ordinal);
        Assert.Empty(origin.Requests);
    }

    [Fact]
    public async Task A_root_that_is_trusted_from_now_on_is_trusted_without_a_restart()
    {
        await using var origin = await WebOrigin.StartAsync(authority.Issue("localhost"), context => context.Response.WriteAsync("the website", Stop));
        await using var gateway = await StartAsync(origin.Address, roots: "");
        await AssertIsPageAsync(gateway);

        gateway.Reconfigure(Configuration(origin.Address, keepHost: false, folder.File("ca.pem")));
        await gateway.Events.WaitForAsync("is in force now");

        using var client = gateway.Client(HttpVersion.Version11, trustEverything: true);
        Assert.Equal("the website", await client.GetStringAsync(new Uri("https://example.com/"), Stop));
    }

    public void Dispose() => folder.Dispose();

    private Task<RunningGateway> StartAsync(string origin, bool keepHost = false, string? roots = null) =>
        RunningGateway.StartAsync(Configuration(origin, keepHost, roots ?? folder.File("ca.pem")));

    private static string Configuration(string origin, bool keepHost, string roots) => $$"""
        {
          "Sites": [{
            "ServerName": "example.com", "PublicHost": "matrix.example.com",
            "Homeserver": { "Address": "http://127.0.0.1:9" },
            "Website": { "Proxy": "{{origin}}", "KeepHost": {{(keepHost ? "true" : "false")}}{{(roots.Length > 0 ? $", \"TrustedRoots\": \"{roots}\"" : "")}} }
          }]
        }
        """;

    private static async Task AssertIsPageAsync(RunningGateway gateway)
    {
        using var client = gateway.Client(HttpVersion.Version20, trustEverything: true);
        using var answer = await client.GetAsync(new Uri("https://example.com/"), Stop);
        Assert.Equal(HttpStatusCode.BadGateway, answer.StatusCode);
        Assert.Equal("text/html; charset=utf-8", answer.Content.Headers.ContentType!.ToString());
        Assert.Contains("default-src 'none'", Assert.Single(answer.Headers.GetValues("Content-Security-Policy")), StringComparison.Ordinal);
        Assert.True(answer.Headers.RetryAfter!.Delta > TimeSpan.Zero);
        var page = await answer.Content.ReadAsStringAsync(Stop);
        Assert.Contains("<p class=\"status\">502</p>", page, StringComparison.Ordinal);
        Assert.DoesNotContain("localhost", page, StringComparison.Ordinal); // nothing about what stands behind
    }

    private static async Task<byte[]> ReceiveAsync(ClientWebSocket socket, int length)
    {
        var bytes = new byte[length];
        var count = 0;
        ValueWebSocketReceiveResult part;
        do
        {
            part = await socket.ReceiveAsync(bytes.AsMemory(count), Stop);
            count += part.Count;
        }
        while (!part.EndOfMessage);
        return bytes[..count];
    }

    /// <summary>The first piece at once; the rest when that has arrived, and never if it does not.</summary>
    private sealed class PiecewiseContent(Task arrived, int length) : HttpContent
    {
        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            await stream.WriteAsync(new byte[Piece], Stop);
            await stream.FlushAsync(Stop);
            await arrived.WaitAsync(TimeSpan.FromMinutes(1), Stop);
            for (var sent = Piece; sent < length; sent += Piece)
                await stream.WriteAsync(new byte[Piece], Stop);
        }

        protected override bool TryComputeLength(out long computed)
        {
            computed = length;
            return true;
        }
    }

    private sealed class CountingStream : Stream
    {
        public long Count { get; private set; }

        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => Count;

        public override long Position
        {
            get => Count;
            set => throw new NotSupportedException();
        }

        public override void Flush()
        {
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => Count += count;

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            Count += buffer.Length;
            return ValueTask.CompletedTask;
        }
    }
}
