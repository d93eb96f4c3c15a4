using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Text;
using MatrixEdge.Listening;
using MatrixEdge.Listening.Tls;
using MatrixEdge.Listening.Transport;
using MatrixEdge.Sockets;
using MatrixEdge.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Serilog.Events;

namespace MatrixEdge.Tests.Listening;

/// <summary>TLS as clients see it that are not of .NET, or that do not behave.</summary>
[Collection(nameof(Alone))]
public sealed class TlsTerminationTests
{
    private const string Get = "GET /_matrix/client/v3/account/whoami HTTP/1.1\r\nHost: matrix.example.com\r\n\r\n";

    [Theory]
    [InlineData("-tls1_3 -ciphersuites TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384", "TLS_AES_128_GCM_SHA256")]
    [InlineData("-tls1_3 -ciphersuites TLS_CHACHA20_POLY1305_SHA256:TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256")]
    [InlineData("-tls1_2 -cipher ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-CHACHA20-POLY1305")]
    [InlineData("-tls1_2 -cipher ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384")]
    [InlineData("-tls1_2 -cipher ECDHE-ECDSA-AES128-SHA:ECDHE-ECDSA-AES256-SHA384:AES128-GCM-SHA256", "(NONE)")]
    [InlineData("-tls1_1 -cipher DEFAULT@SECLEVEL=0", "(NONE)")]
    public async Task The_client_chooses_among_ciphers_that_are_good(string offer, string chosen)
    {
        await using var gateway = await RunningGateway.StartInFrontOfAsync(1);

        var (_, output) = await TalkAsync(gateway, offer, "printf 'GET / HTTP/1.0\\r\\n\\r\\n'");

        Assert.Contains($"Cipher is {chosen}", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_client_changes_its_keys_and_asks_for_new_ones_in_the_middle_of_a_connection()
    {
        await using var backend = RawBackend.Answering("\"whole\"");
        await using var gateway = await RunningGateway.StartInFrontOfAsync(backend.Port);

        var heard = await Task.Run(() =>
        {
            using var client = new OpenSslClient(gateway.EndPoints(ListenerKind.Https)[0]);
            for (var i = 0; i < 2; i++)
            {
                Assert.True(client.TryChangeKeys(isAsking: true));
                Assert.Contains("\"whole\"", client.Ask(Get, "\"whole\""), StringComparison.Ordinal);
            }

            return client.KeyUpdatesHeard;
        });

        Assert.Equal(2, heard); // who is asked has to answer with new keys (RFC 8446 §4.6.3)
    }

    [Fact]
    public async Task A_client_that_always_has_more_to_say_is_read_from_in_turns()
    {
        const int Size = 40_000_000;
        await using var gateway = await RunningGateway.StartInFrontOfAsync(1);
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var client = new TcpClient();
        await client.ConnectAsync((IPEndPoint)listener.LocalEndpoint, TestContext.Current.CancellationToken);
        var loop = gateway.Services.GetRequiredService<EventLoops>().Next();
        var connection = new LoopConnection(loop, Accept(listener), listener.LocalEndpoint, client.Client.LocalEndPoint!, new BlockPool(), NullLogger.Instance);
        var (longest, inTurn, turn, total, hasHalted) = (0, 0, -1L, 0L, false);
        var serving = gateway.Services.GetRequiredService<TlsTermination>().For(ListenerKind.Https, async plain =>
        {
            while (total < Size)
            {
                var read = await plain.Transport.Input.ReadAsync(TestContext.Current.CancellationToken);
                total += read.Buffer.Length;
                plain.Transport.Input.AdvanceTo(read.Buffer.End);
                if (EventLoop.Current is not { } here)
                    continue; // nobody else waits for this thread

                inTurn = here.Turn == turn ? inTurn + 1 : 1;
                turn = here.Turn;
                longest = Math.Max(longest, inTurn);
                if (!hasHalted)
                    Thread.Sleep(300); // the loop itself stands still, and much more comes
                hasHalted = true;
            }
        })(connection);

        await using var tls = new SslStream(client.GetStream(), false, (_, _, _, _) => true);
        await tls.AuthenticateAsClientAsync("example.com");
        await tls.WriteAsync(new byte[Size], TestContext.Current.CancellationToken);
        await serving;
        await connection.DisposeAsync();

        Assert.Equal(Size, total);
        Assert.InRange(longest, 2, 16);

        static unsafe int Accept(TcpListener listener)
        {
            int descriptor;
            while ((descriptor = Posix.accept4((int)listener.Server.Handle, null, null, Posix.CloseOnExec | Posix.NonBlocking)) < 0)
                Thread.Yield();
            return descriptor;
        }
    }

    [Theory]
    [InlineData("-tls1_2")]
    [InlineData("-tls1_3")]
    public async Task The_end_of_a_connection_is_said(string version)
    {
        await using var gateway = await RunningGateway.StartInFrontOfAsync(1);

        var (_, output) = await TalkAsync(gateway, $"{version} -msg", "printf 'GET /.well-known/matrix/server HTTP/1.1\\r\\nHost: example.com\\r\\nConnection: close\\r\\n\\r\\n'");

        Assert.Contains("HTTP/1.1 200", output, StringComparison.Ordinal);
        Assert.Matches("<<< TLS 1.[23], Alert \\[length 0002\\], warning close_notify", output);
    }

    [Theory]
    [InlineData(SslProtocols.Tls12)]
    [InlineData(SslProtocols.Tls13)]
    public async Task Megabytes_go_both_ways_at_once_on_one_connection(SslProtocols version)
    {
        var body = RandomNumberGenerator.GetBytes(8_000_000);
        await using var backend = new RawBackend(async (request, connection) =>
        {
            await connection.SendAsync($"HTTP/1.1 200 OK\r\nContent-Length: {request.Body.Length}\r\n\r\n");
            await connection.SendAsync(request.Body);
        });
        await using var gateway = await RunningGateway.StartInFrontOfAsync(backend.Port);
        await using var client = await ConnectAsync(gateway, version);
        var head = string.Create(CultureInfo.InvariantCulture, $"POST /_matrix/media/v3/upload HTTP/1.1\r\nHost: matrix.example.com\r\nContent-Length: {body.Length}\r\n\r\n");

        // The second request is under way while the answer to the first comes.
        var sending = Task.Run(async () =>
        {
            for (var i = 0; i < 3; i++)
            {
                await client.WriteAsync(Encoding.ASCII.GetBytes(head));
                for (var at = 0; at < body.Length; at += 70_001)
                    await client.WriteAsync(body.AsMemory(at, Math.Min(70_001, body.Length - at)));
            }
        });
        for (var i = 0; i < 3; i++)
        {
            var answer = await RawAnswer.ReadAsync(client);
            Assert.Equal(200, answer.Status);
            Assert.True(answer.Body.AsSpan().SequenceEqual(body));
        }

        await sending;
    }

    [Fact]
    public async Task Records_of_a_byte_and_requests_of_many_in_one_packet_are_understood()
    {
        await using var gateway = await RunningGateway.StartInFrontOfAsync(1);
        await using var client = await gateway.ConnectAsync();
        const string Asked = "GET /.well-known/matrix/server HTTP/1.1\r\nHost: example.com\r\n\r\n";

        foreach (var letter in Encoding.ASCII.GetBytes(Asked))
            await client.WriteAsync(new[] { letter });
        Assert.Equal(200, (await RawAnswer.ReadAsync(client)).Status);
        await client.WriteAsync(Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat(Asked, 600)))); // more than two records
        for (var i = 0; i < 600; i++)
            Assert.Contains("matrix.example.com:8448", (await RawAnswer.ReadAsync(client)).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Garbage_behind_the_handshake_is_told_by_an_alert_and_not_in_the_log()
    {
        await using var gateway = await RunningGateway.StartInFrontOfAsync(1);
        await using var wire = await WireAsync(gateway);
        await using var client = await ConnectAsync(wire, SslProtocols.Tls13);
        Assert.Equal(404, (await RawAnswer.ExchangeAsync(client, "GET / HTTP/1.1\r\nHost: example.com\r\n\r\n")).Status);

        await wire.WriteAsync(new byte[] { 23, 3, 3, 0, 32 }.Concat(new byte[32]).ToArray()); // a record that nobody encrypted
        using var heard = new MemoryStream();
        await wire.CopyToAsync(heard);

        Assert.Equal(23, heard.ToArray()[0]); // the alert, which is encrypted, too
        Assert.DoesNotContain(gateway.Events.All, entry => entry.Level >= LogEventLevel.Error || entry.Exception is not null);
    }

    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task Garbage_while_an_answer_is_under_way_is_told_by_an_alert_and_not_in_the_log(string version)
    {
        var bytes = Encoding.ASCII.GetBytes("HTTP/1.1 200 OK\r\nContent-Length: 12000000\r\n\r\n" + new string('x', 12_000_000));
        await using var backend = new RawBackend((_, connection) => connection.SendAsync(bytes));
        await using var gateway = await RunningGateway.StartInFrontOfAsync(backend.Port);
        for (var i = 0; i < 10; i++)
        {
            var wire = await WireAsync(gateway);
            using var client = new HttpClient(new SocketsHttpHandler
            {
                SslOptions = { RemoteCertificateValidationCallback = (_, _, _, _) => true },
                ConnectCallback = (_, _) => ValueTask.FromResult<Stream>(wire),
            })
            { DefaultRequestVersion = new Version(version), DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact };
            using var answer = await client.GetAsync("https://matrix.example.com/_matrix/client/v3/account/whoami", HttpCompletionOption.ResponseHeadersRead);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);

            await wire.WriteAsync(new byte[] { 23, 3, 3, 0, 32 }.Concat(new byte[32]).ToArray());
            var end = await Record.ExceptionAsync(async () => await (await answer.Content.ReadAsStreamAsync()).CopyToAsync(Stream.Null));

            // With HTTP/1.1 nothing is read before the answer is complete.
            if (version == "2.0")
                Assert.IsAssignableFrom<IOException>(end);
        }

        Assert.DoesNotContain(gateway.Events.All, entry => entry.Level >= LogEventLevel.Error || entry.Exception is not null);
    }

    [Fact]
    public async Task Who_says_the_end_behind_a_request_is_answered_and_let_go()
    {
        await using var gateway = await RunningGateway.StartInFrontOfAsync(1);
        await using var wire = new Corked((await WireAsync(gateway)).Socket);
        await using var client = await ConnectAsync(wire, SslProtocols.Tls13);
        wire.IsCorked = true;
        await client.WriteAsync("GET /.well-known/matrix/server HTTP/1.1\r\nHost: example.com\r\n\r\n"u8.ToArray());
        await client.ShutdownAsync();
        await wire.UncorkAsync(); // both in one packet, and the connection stays open

        Assert.Equal(200, (await RawAnswer.ReadAsync(client)).Status);
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        Assert.Equal(0, await client.ReadAsync(new byte[1], limit.Token));
    }

    [Theory]
    [InlineData(1_000, true)]
    [InlineData(200_000, false)]
    public async Task Keys_may_be_changed_often_but_not_without_end(int times, bool isServed)
    {
        await using var gateway = await RunningGateway.StartInFrontOfAsync(1);

        var isAnswered = await Task.Run(() =>
        {
            using var client = new OpenSslClient(gateway.EndPoints(ListenerKind.Https)[0]);
            for (var i = 0; i < times; i++)
            {
                if (!client.TryChangeKeys(isAsking: false))
                    return false;
            }

            return client.Ask("GET /.well-known/matrix/server HTTP/1.1\r\nHost: example.com\r\n\r\n", "m.server").Contains("m.server", StringComparison.Ordinal);
        });

        Assert.Equal(isServed, isAnswered);
        Assert.DoesNotContain(gateway.Events.All, entry => entry.Level >= LogEventLevel.Error || entry.Exception is not null);
    }

    [Fact]
    public async Task Who_goes_in_the_middle_of_an_answer_leaves_no_word_in_the_log()
    {
        await using var backend = RawBackend.Answering(new string('x', 4_000_000));
        await using var gateway = await RunningGateway.StartInFrontOfAsync(backend.Port);
        for (var i = 0; i < 20; i++)
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { LingerState = new LingerOption(true, 0) };
            await socket.ConnectAsync(gateway.EndPoints(ListenerKind.Https)[0]);
            await using var client = await ConnectAsync(new NetworkStream(socket), SslProtocols.None);
            await client.WriteAsync(Encoding.ASCII.GetBytes(Get));
            Assert.True(await client.ReadAsync(new byte[100 * i + 1]) > 0);
            socket.Close(); // a reset
        }

        await using var after = await gateway.ConnectAsync();
        Assert.Equal(200, (await RawAnswer.ExchangeAsync(after, Get)).Status);
        Assert.DoesNotContain(gateway.Events.All, entry => entry.Level >= LogEventLevel.Error || entry.Exception is not null);
    }

    [Fact]
    public async Task Many_that_do_not_read_hold_up_nobody_else()
    {
        var bytes = Encoding.ASCII.GetBytes("HTTP/1.1 200 OK\r\nContent-Length: 12000000\r\n\r\n" + new string('x', 12_000_000)); // no socket holds that many
        await using var backend = new RawBackend((_, connection) => connection.SendAsync(bytes));
        await using var gateway = await RunningGateway.StartInFrontOfAsync(backend.Port);
        var idle = await Task.WhenAll(Enumerable.Range(0, 40).Select(async _ =>
        {
            var client = await gateway.ConnectAsync();
            await client.WriteAsync(Encoding.ASCII.GetBytes(Get));
            return client;
        }));

        await using var other = await gateway.ConnectAsync();
        for (var i = 0; i < 20; i++)
            Assert.Equal(200, (await RawAnswer.ExchangeAsync(other, "GET /.well-known/matrix/server HTTP/1.1\r\nHost: example.com\r\n\r\n")).Status);
        Assert.Equal(12_000_000, (await RawAnswer.ReadAsync(idle[30])).Body.Length);

        foreach (var client in idle)
            await client.DisposeAsync();
    }

    [Fact]
    public async Task Where_there_is_no_OpenSSL_3_the_frameworks_TLS_does_the_same()
    {
        Assert.True(TlsTermination.IsOwn);
        AppContext.SetSwitch("MatrixEdge.OwnTls", false);
        try
        {
            Assert.False(TlsTermination.IsOwn);
            await using var gateway = await RunningGateway.StartInFrontOfAsync(1);
            await using var client = await gateway.ConnectAsync(protocols: [SslApplicationProtocol.Http2, SslApplicationProtocol.Http11]);
            Assert.Equal(SslApplicationProtocol.Http2, client.NegotiatedApplicationProtocol);
            using var http = gateway.Client(new Version(2, 0));
            Assert.Contains("m.server", await http.GetStringAsync("https://example.com/.well-known/matrix/server"), StringComparison.Ordinal);
            using var plain = new TcpClient();
            await plain.ConnectAsync(gateway.EndPoints(ListenerKind.Federation)[0]);
            await plain.GetStream().WriteAsync("GET / HTTP/1.1\r\nHost: example.com\r\n\r\n"u8.ToArray());
            Assert.True(await plain.GetStream().ReadAsync(new byte[64]) is 0 or 7);
            Assert.DoesNotContain(gateway.Events.All, entry => entry.Level >= LogEventLevel.Error || entry.Exception is not null);
        }
        finally
        {
            AppContext.SetSwitch("MatrixEdge.OwnTls", true);
        }
    }

    private static async Task<(int ExitCode, string Output)> TalkAsync(RunningGateway gateway, string options, string says)
    {
        Assert.SkipUnless(Tool.IsThere("openssl"), "openssl is not installed");
        var port = gateway.Port(ListenerKind.Https).ToString(CultureInfo.InvariantCulture);
        return await Tool.RunAsync("sh", "-c", $"({says}) | timeout 20 openssl s_client -connect 127.0.0.1:{port} -servername example.com {options} -ign_eof 2>&1");
    }

    private static async Task<NetworkStream> WireAsync(RunningGateway gateway)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(gateway.EndPoints(ListenerKind.Https)[0]);
        return new NetworkStream(socket, ownsSocket: true);
    }

    private static async Task<SslStream> ConnectAsync(RunningGateway gateway, SslProtocols version) => await ConnectAsync(await WireAsync(gateway), version);

    private static async Task<SslStream> ConnectAsync(Stream wire, SslProtocols version)
    {
        var client = new SslStream(wire);
        await client.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
        {
            TargetHost = "matrix.example.com",
            EnabledSslProtocols = version,
            RemoteCertificateValidationCallback = (_, _, _, _) => true,
        });
        return client;
    }

    /// <summary>Holds back what is written.</summary>
    private sealed class Corked(Socket socket) : NetworkStream(socket, ownsSocket: true)
    {
        private readonly MemoryStream held = new();

        public bool IsCorked { get; set; }

        public ValueTask UncorkAsync()
        {
            IsCorked = false;
            return base.WriteAsync(held.ToArray());
        }

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
            IsCorked ? held.WriteAsync(buffer, cancellationToken) : base.WriteAsync(buffer, cancellationToken);
    }

    /// <summary>What no other client here can be made to do. Waits for what it reads, so not for the test's own thread.</summary>
    private sealed class OpenSslClient : IDisposable
    {
        private readonly Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { ReceiveTimeout = 20_000 };
        private readonly MessageCallback onMessage; // as long as OpenSSL may call it
        private readonly nint context;
        private readonly nint ssl;

        public OpenSslClient(IPEndPoint place)
        {
            onMessage = OnMessage;
            socket.Connect(place);
            context = SSL_CTX_new(TLS_client_method());
            SSL_CTX_set_msg_callback(context, onMessage);
            ssl = SSL_new(context);
            Assert.Equal(1, SSL_set_fd(ssl, (int)socket.Handle));
            Assert.Equal(1, SSL_connect(ssl));
        }

        private delegate void MessageCallback(int isWritten, int version, int type, nint bytes, nint length, nint ssl, nint argument);

        /// <summary>How often the server said that it has new keys.</summary>
        public int KeyUpdatesHeard { get; private set; }

        /// <summary>Tells new keys of its own; false when the connection has ended.</summary>
        public bool TryChangeKeys(bool isAsking) => SSL_key_update(ssl, isAsking ? 1 : 0) == 1 && SSL_do_handshake(ssl) == 1;

        /// <returns>What comes, as far as the words that it is to end with; less when the connection ends before.</returns>
        public string Ask(string request, string end)
        {
            var bytes = Encoding.ASCII.GetBytes(request);
            var answer = "";
            if (SSL_write(ssl, bytes, bytes.Length) != bytes.Length)
                return answer;
            var memory = new byte[1024];
            while (!answer.Contains(end, StringComparison.Ordinal) && SSL_read(ssl, memory, memory.Length) is > 0 and var read)
                answer += Encoding.ASCII.GetString(memory, 0, read);
            return answer;
        }

        public void Dispose()
        {
            SSL_free(ssl);
            SSL_CTX_free(context);
            socket.Dispose();
        }

        private void OnMessage(int isWritten, int version, int type, nint bytes, nint length, nint ssl, nint argument)
        {
            if (isWritten == 0 && type == 22 && Marshal.ReadByte(bytes) == 24) // handshake, key_update (RFC 8446 appendix B)
                KeyUpdatesHeard++;
        }

        [DllImport("libssl.so.3"), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        private static extern nint TLS_client_method();

        [DllImport("libssl.so.3"), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        private static extern nint SSL_CTX_new(nint method);

        [DllImport("libssl.so.3"), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        private static extern void SSL_CTX_free(nint context);

        [DllImport("libssl.so.3"), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        private static extern void SSL_CTX_set_msg_callback(nint context, MessageCallback callback);

        [DllImport("libssl.so.3"), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        private static extern nint SSL_new(nint context);

        [DllImport("libssl.so.3"), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        private static extern void SSL_free(nint ssl);

        [DllImport("libssl.so.3"), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        private static extern int SSL_set_fd(nint ssl, int socket);

        [DllImport("libssl.so.3"), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        private static extern int SSL_connect(nint ssl);

        [DllImport("libssl.so.3"), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        private static extern int SSL_key_update(nint ssl, int type);

        [DllImport("libssl.so.3"), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        private static extern int SSL_do_handshake(nint ssl);

        [DllImport("libssl.so.3"), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        private static extern int SSL_write(nint ssl, byte[] bytes, int length);

        [DllImport("libssl.so.3"), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        private static extern int SSL_read(nint ssl, byte[] bytes, int length);
    }
}
