using System.IO.Pipelines;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using MatrixEdge.Configuration;
using MatrixEdge.Listening;
using MatrixEdge.Tests.Support;
using Microsoft.AspNetCore.Connections;
using Serilog;
using Serilog.Events;
using Serilog.Extensions.Logging;

namespace MatrixEdge.Tests.Listening;

/// <summary>
/// PROXY headers on the listeners of a running gateway. 127.0.0.3 and ::1 are trusted proxies, 127.0.0.2 is anybody.
/// </summary>
public sealed class ProxyProtocolTests
{
    private const string Line = "PROXY TCP4 203.0.113.7 192.0.2.1 56324 443\r\n";
    private const string LineOfIPv6 = "PROXY TCP6 2001:db8::7 2001:db8::1 56324 443\r\n";
    private const string Binary = "v2 21 11 000c cb007107 c0000201 dc04 01bb";
    private const string BinaryOfIPv6 = "v2 21 21 0024 20010db8000000000000000000000007 20010db8000000000000000000000001 dc04 01bb";
    private const string Answer = """{"versions":["v1.12"]}""";
    private const string Versions = "GET /_matrix/client/versions HTTP/1.1\r\nHost: example.com\r\nX-Forwarded-For: 198.51.100.99\r\n\r\n";

    private static readonly IPAddress Proxy = IPAddress.Parse("127.0.0.3");
    private static readonly IPAddress Anybody = IPAddress.Parse("127.0.0.2");

    [Theory]
    [InlineData(nameof(ListenerKind.Https), Line, "203.0.113.7")]
    [InlineData(nameof(ListenerKind.Https), LineOfIPv6, "2001:db8::7")]
    [InlineData(nameof(ListenerKind.Https), Binary, "203.0.113.7")]
    [InlineData(nameof(ListenerKind.Https), BinaryOfIPv6, "2001:db8::7")]
    [InlineData(nameof(ListenerKind.Https), "PROXY TCP6 ::ffff:203.0.113.7 ::1 56324 443\r\n", "203.0.113.7")]
    [InlineData(nameof(ListenerKind.Federation), Line, "203.0.113.7")]
    [InlineData(nameof(ListenerKind.Federation), BinaryOfIPv6, "2001:db8::7")]
    // Who passes on somebody whom he does not name is the client, and that one's headers are not his word.
    [InlineData(nameof(ListenerKind.Https), "PROXY UNKNOWN\r\n", null)]
    [InlineData(nameof(ListenerKind.Https), "v2 20 00 0000", null)]
    [InlineData(nameof(ListenerKind.Https), "v2 21 00 0000", null)]
    // Another trusted proxy in front of the first: his headers count.
    [InlineData(nameof(ListenerKind.Https), "PROXY TCP4 127.0.0.3 192.0.2.1 56324 443\r\n", "198.51.100.99")]
    public async Task The_address_of_the_header_is_the_client_whether_in_one_piece_or_in_crumbs(string listener, string header, string? client)
    {
        await using var backend = RawBackend.Answering(Answer);
        await using var gateway = await StartAsync(backend);

        foreach (var (from, to) in new[] { (Proxy, IPAddress.Loopback), (IPAddress.IPv6Loopback, IPAddress.IPv6Loopback) })
        {
            foreach (var chunk in new[] { int.MaxValue, 1 })
            {
                await using var tls = await ConnectAsync(gateway, header, chunk, Enum.Parse<ListenerKind>(listener), from, to);
                Assert.Equal(200, (await RawAnswer.ExchangeAsync(tls, Versions)).Status);
                Assert.Equal(200, (await RawAnswer.ExchangeAsync(tls, Versions)).Status);

                var expected = client ?? from.ToString();
                Assert.Equal([expected], (await backend.NextRequestAsync()).Header("X-Forwarded-For"));
                Assert.Equal([expected], (await backend.NextRequestAsync()).Header("X-Forwarded-For"));
                await gateway.Events.WaitForAsync($" ms {listener} {expected}");
            }
        }

        AssertQuiet(gateway);
    }

    [Theory]
    [InlineData(Line, int.MaxValue)]
    [InlineData(Binary, 1)]
    public async Task Over_HTTP_2_it_is_the_same(string header, int chunk)
    {
        await using var backend = RawBackend.Answering(Answer);
        await using var gateway = await StartAsync(backend);

        await using var tls = await ConnectAsync(gateway, header, chunk, protocols: [SslApplicationProtocol.Http2]);
        var answer = await RawHttp2.ExchangeAsync(
            tls, (":method", "GET"), (":scheme", "https"), (":authority", "example.com"), (":path", "/_matrix/client/versions"), ("x-forwarded-for", "198.51.100.99"));

        Assert.Equal(Answer, answer);
        Assert.Equal(["203.0.113.7"], (await backend.NextRequestAsync()).Header("X-Forwarded-For"));
    }

    [Theory]
    [InlineData(Line, int.MaxValue)]
    [InlineData(BinaryOfIPv6, 1)]
    public async Task On_port_80_it_is_the_same(string header, int chunk)
    {
        await using var backend = RawBackend.Answering(Answer);
        await using var gateway = await StartAsync(backend);

        await using var stream = await OpenAsync(gateway, header, chunk, ListenerKind.Http);
        var answer = await RawAnswer.ExchangeAsync(stream, "GET /x HTTP/1.1\r\nHost: example.com\r\nX-Forwarded-Proto: https\r\n\r\n");

        Assert.Equal(301, answer.Status);
        await gateway.Events.WaitForAsync($" ms Http {(header == Line ? "203.0.113.7" : "2001:db8::7")}");
    }

    [Theory]
    [InlineData(Line)]
    [InlineData(Binary)]
    public async Task Anybody_else_is_a_client_and_cannot_name_another(string header)
    {
        await using var backend = RawBackend.Answering(Answer);
        await using var gateway = await StartAsync(backend);

        foreach (var kind in new[] { ListenerKind.Https, ListenerKind.Federation })
        {
            var hello = await ClientHellos.FromClientAsync("matrix.example.com");
            Assert.DoesNotContain((byte)22, await SayAsync(gateway, [.. ProxyHeaderTests.Bytes(header), .. hello], Anybody, kind)); // no handshake

            await using var tls = await ConnectAsync(gateway, header: "", kind: kind, from: Anybody);
            Assert.Equal(200, (await RawAnswer.ExchangeAsync(tls, Versions)).Status);
            Assert.Equal(["127.0.0.2"], (await backend.NextRequestAsync()).Header("X-Forwarded-For"));
        }

        var plain = Encoding.ASCII.GetString(await SayAsync(gateway, [.. ProxyHeaderTests.Bytes(header), .. Encoding.ASCII.GetBytes(Versions)], Anybody, ListenerKind.Http));
        Assert.StartsWith("HTTP/1.1 400 ", plain, StringComparison.Ordinal);
        Assert.Empty(backend.Requests);
        Assert.DoesNotContain(gateway.Events.Messages, message => message.Contains("203.0.113.7", StringComparison.Ordinal));
        AssertQuiet(gateway);
    }

    [Fact]
    public async Task A_listener_that_was_not_chosen_knows_nothing_of_it()
    {
        await using var backend = RawBackend.Answering(Answer);
        await using var gateway = await StartAsync(backend, """[ "Federation" ]""");

        var heard = await SayAsync(gateway, [.. ProxyHeaderTests.Bytes(Line), .. await ClientHellos.FromClientAsync("matrix.example.com")], Proxy);
        await using var tls = await ConnectAsync(gateway, header: "");
        Assert.Equal(200, (await RawAnswer.ExchangeAsync(tls, Versions)).Status);

        Assert.DoesNotContain((byte)22, heard);
        Assert.Equal(["198.51.100.99"], (await backend.NextRequestAsync()).Header("X-Forwarded-For"));
    }

    [Fact]
    public async Task A_malformed_header_ends_the_connection_and_is_told_once()
    {
        await using var backend = RawBackend.Answering(Answer);
        await using var gateway = await StartAsync(backend);
        var hello = await ClientHellos.FromClientAsync("matrix.example.com");

        foreach (var kind in new[] { ListenerKind.Https, ListenerKind.Federation, ListenerKind.Http })
        {
            foreach (var (text, _) in ProxyHeaderTests.Malformed.Select(row => row.Data))
                Assert.Empty(await SayAsync(gateway, [.. ProxyHeaderTests.Bytes(text), .. hello], Proxy, kind));
        }

        var told = Assert.Single(gateway.Events.Messages, message => message.StartsWith("Warning", StringComparison.Ordinal));
        Assert.Equal(
            "Warning The trusted proxy 127.0.0.3 is refused on Https: it began with a TLS handshake in place of a PROXY header. Let it send PROXY headers (HAProxy: send-proxy-v2, "
            + "nginx: proxy_protocol on), or take Https out of MatrixEdge:Listen:ProxyProtocol, or that address out of MatrixEdge:TrustedProxies. This is told once an hour",
            told);
        Assert.DoesNotContain(gateway.Events.All, entry => entry.Exception is not null);
        await StillServesAsync(gateway);
    }

    [Theory]
    [InlineData(LineOfIPv6)]
    [InlineData(BinaryOfIPv6)]
    public async Task A_header_that_breaks_off_at_any_byte_ends_the_connection(string text)
    {
        await using var backend = RawBackend.Answering(Answer);
        await using var gateway = await StartAsync(backend);
        var header = ProxyHeaderTests.Bytes(text);

        for (var length = 0; length < header.Length; length++)
            Assert.Empty(await SayAsync(gateway, header[..length], Proxy, thenEnd: true));

        var told = Assert.Single(gateway.Events.Messages, message => message.StartsWith("Warning", StringComparison.Ordinal));
        Assert.Contains("its PROXY header broke off", told, StringComparison.Ordinal);
        Assert.DoesNotContain(gateway.Events.All, entry => entry.Exception is not null);
        await StillServesAsync(gateway);
    }

    [Fact]
    public async Task Whoever_only_looks_whether_the_port_is_open_is_not_told()
    {
        await using var backend = RawBackend.Answering(Answer);
        await using var gateway = await StartAsync(backend);

        for (var i = 0; i < 20; i++)
        {
            using var client = new TcpClient(new IPEndPoint(Proxy, 0));
            await client.ConnectAsync(EndPoint(gateway, ListenerKind.Https, IPAddress.Loopback));
            client.LingerState = new LingerOption(i % 2 == 0, 0); // by a reset, or in order
        }

        await StillServesAsync(gateway);
        AssertQuiet(gateway);
    }

    [Fact]
    public async Task A_header_that_does_not_come_in_time_ends_the_connection_even_if_it_drips()
    {
        await using var backend = RawBackend.Answering(Answer);
        await using var gateway = await StartAsync(backend);
        var header = ProxyHeaderTests.Bytes(Binary);
        var begin = TimeProvider.System.GetTimestamp();

        var heard = await Task.WhenAll(
        [
            DripAsync(),
            .. new[] { ListenerKind.Https, ListenerKind.Federation, ListenerKind.Http }.SelectMany(kind =>
                new[] { 0, 1, 12, 16, header.Length - 1 }.Select(length => SayAsync(gateway, header[..length], Proxy, kind))),
        ]);

        Assert.All(heard, Assert.Empty);
        Assert.InRange(TimeProvider.System.GetElapsedTime(begin).TotalSeconds, 4.5, 30);
        Assert.Contains(" PROXY header came within 5 seconds", Assert.Single(gateway.Events.Messages, message => message.StartsWith("Warning", StringComparison.Ordinal)), StringComparison.Ordinal);
        Assert.DoesNotContain(gateway.Events.All, entry => entry.Exception is not null);
        await StillServesAsync(gateway);

        // Longer than the limit altogether, and never long between two bytes.
        async Task<byte[]> DripAsync()
        {
            await using var stream = await OpenAsync(gateway, header: "");
            var ending = ReadToEndAsync(stream);
            for (var i = 0; i < header.Length - 1 && !ending.IsCompleted; i++)
            {
                await stream.WriteAsync(header.AsMemory(i, 1));
                await Task.WhenAny(ending, Task.Delay(TimeSpan.FromSeconds(1)));
            }

            return await ending;
        }
    }

    [Fact]
    public async Task Random_bytes_leave_nothing_in_the_log_but_one_line()
    {
        await using var backend = RawBackend.Answering(Answer);
        await using var gateway = await StartAsync(backend);
        var hello = await ClientHellos.FromClientAsync("matrix.example.com");
        var random = new Random(4);

        for (var i = 0; i < 300; i++)
        {
            byte[] bytes = [.. ProxyHeaderTests.Bytes(i % 2 == 0 ? Line : Binary), .. hello];
            for (var changes = random.Next(1, 8); changes > 0; changes--)
                bytes[random.Next(i % 3 == 0 ? bytes.Length : 28)] = (byte)random.Next(256);
            await SayAsync(gateway, bytes, Proxy, i % 5 == 0 ? ListenerKind.Http : ListenerKind.Https, thenEnd: true);
        }

        Assert.Single(gateway.Events.All, entry => entry.Level >= LogEventLevel.Warning);
        Assert.DoesNotContain(gateway.Events.All, entry => entry.Exception is not null);
        await StillServesAsync(gateway);
    }

    [Theory]
    [InlineData("PROXY TCP4 127.0.0.9 192.0.2.1 56324 443\r\n", 200)]
    [InlineData(Line, 404)]
    [InlineData("PROXY UNKNOWN\r\n", 404)]
    [InlineData("v2 20 00 0000", 404)]
    [InlineData("v2 21 00 0000", 404)]
    public async Task Rights_of_an_address_are_not_those_of_somebody_whom_the_proxy_does_not_name(string header, int status)
    {
        await using var backend = RawBackend.Answering(Answer);
        await using var gateway = await RunningGateway.StartAsync(Configuration(backend, """[ "Https" ]""", "127.0.0.3").Replace(
            "\"Homeserver\":", """ "Expose": [{ "Path": "/_synapse/admin/", "AllowFrom": ["127.0.0.0/8"] }], "Homeserver": """, StringComparison.Ordinal));

        await using var tls = await ConnectAsync(gateway, header);
        var answer = await RawAnswer.ExchangeAsync(tls, "GET /_synapse/admin/v1/server_version HTTP/1.1\r\nHost: example.com\r\nX-Forwarded-For: 127.0.0.9\r\n\r\n");

        Assert.Equal(status, answer.Status);
    }

    [Theory]
    [InlineData(int.MaxValue)]
    [InlineData(1)]
    public async Task Challenges_of_authorities_are_answered_behind_it(int chunk)
    {
        await using var backend = RawBackend.Answering(Answer);
        await using var gateway = await StartAsync(backend);
        using var certificate = TlsAlpnChallengeTests.ChallengeCertificate("matrix.example.com");
        using var open = TlsAlpnChallengeTests.Open(gateway, certificate);

        await using var authority = await ConnectAsync(gateway, Binary, chunk, protocols: [new SslApplicationProtocol("acme-tls/1")]);
        await using var client = await ConnectAsync(gateway, Line, chunk);

        Assert.Equal(certificate.SerialNumber, new X509Certificate2(authority.RemoteCertificate!).SerialNumber);
        Assert.Equal(200, (await RawAnswer.ExchangeAsync(client, Versions)).Status);
        Assert.Equal(["203.0.113.7"], (await backend.NextRequestAsync()).Header("X-Forwarded-For"));
    }

    [Fact]
    public async Task Who_is_trusted_can_change_while_running_and_where_headers_are_expected_cannot()
    {
        await using var backend = RawBackend.Answering(Answer);
        await using var gateway = await StartAsync(backend);
        await using var before = await ConnectAsync(gateway, Line);

        gateway.Reconfigure(Configuration(backend, """[ "Https", "Federation" ]""", "127.0.0.2"));
        await gateway.Events.WaitForAsync("is in force now");
        await gateway.Events.WaitForAsync("MatrixEdge:Listen:ProxyProtocol was changed: this takes effect at the next start");

        await using var from2 = await ConnectAsync(gateway, Binary, from: Anybody);
        await using var from3 = await ConnectAsync(gateway, header: "", from: Proxy);
        foreach (var (tls, client) in new[] { (before, "203.0.113.7"), (from2, "203.0.113.7"), (from3, "127.0.0.3") })
        {
            Assert.Equal(200, (await RawAnswer.ExchangeAsync(tls, Versions)).Status);
            Assert.Equal([client], (await backend.NextRequestAsync()).Header("X-Forwarded-For"));
        }
    }

    [Fact]
    public async Task Each_refusal_is_a_line_for_debugging_and_the_first_of_an_hour_a_warning_for_each_proxy()
    {
        var (events, time, front) = Front();
        using var log = events.Log;

        await front.RefuseAsync("10.0.0.1", "nonsense");
        await front.RefuseAsync("10.0.0.1", "GET / HTTP/1.1");
        await front.RefuseAsync("10.0.0.2", "nonsense");
        time.Advance(TimeSpan.FromHours(1));
        await front.RefuseAsync("10.0.0.1", "nonsense");
        await front.RefuseAsync("10.0.0.1", "");

        Assert.Equal(
            ["Debug 10.0.0.1", "Warning 10.0.0.1", "Debug 10.0.0.1", "Debug 10.0.0.2", "Warning 10.0.0.2", "Debug 10.0.0.1", "Warning 10.0.0.1"],
            events.Kept.All.Select(entry => $"{entry.Level} {entry.Properties["Peer"].ToString().Trim('"')}"));
        Assert.DoesNotContain(events.Kept.Messages, message => message.Contains("nonsense", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_limit_is_of_the_clock_and_what_comes_in_time_is_passed_on_whole()
    {
        var (events, time, front) = Front();
        using var log = events.Log;
        var (slow, slowPeer) = Connect("10.0.0.1");
        var (good, goodPeer) = Connect("10.0.0.1");
        var seen = new TaskCompletionSource<(ConnectionFacts Facts, EndPoint? RemoteEndPoint, string Behind)>();

        var refused = front.Delegate(_ => throw new InvalidOperationException("not to be served"))(slow);
        var served = front.Delegate(async connection =>
        {
            var read = await connection.Transport.Input.ReadAsync();
            seen.SetResult((connection.Features.Get<ConnectionFacts>()!, connection.RemoteEndPoint, Encoding.ASCII.GetString(read.Buffer)));
        })(good);
        await slowPeer.WriteAsync(ProxyHeaderTests.Bytes(Binary).AsMemory(0, 20));
        time.Advance(ProxyProtocol.Timeout - TimeSpan.FromTicks(1));
        await goodPeer.WriteAsync(Encoding.ASCII.GetBytes(Line + "the rest"));
        var (facts, remote, rest) = await seen.Task;
        await served;
        Assert.False(refused.IsCompleted);
        time.Advance(TimeSpan.FromTicks(1));
        await refused;

        Assert.Equal(("203.0.113.7", "the rest", true), (facts.PeerText, rest, facts.IsNamed));
        Assert.Equal("203.0.113.7:56324", remote!.ToString());
        Assert.Contains(events.Kept.Messages, message => message.Contains("no whole PROXY header came within 5 seconds", StringComparison.Ordinal));
    }

    private static Task<RunningGateway> StartAsync(RawBackend backend, string listeners = """[ "Http", "Https", "Federation" ]""") =>
        RunningGateway.StartAsync(Configuration(backend, listeners, "127.0.0.3"));

    private static string Configuration(RawBackend backend, string listeners, string proxy) => $$"""
        {
          "Listen": { "Http": "localhost:0", "Https": "localhost:0", "Federation": "localhost:0", "Admin": "127.0.0.1:0", "ProxyProtocol": {{listeners}} },
          "TrustedProxies": [ "{{proxy}}", "::1" ],
          "Sites": [{ "ServerName": "example.com", "PublicHost": "matrix.example.com", "Homeserver": { "Address": "http://127.0.0.1:{{backend.Port}}" } }]
        }
        """;

    private static IPEndPoint EndPoint(RunningGateway gateway, ListenerKind kind, IPAddress address) =>
        gateway.EndPoints(kind).First(endPoint => endPoint.Address.Equals(address));

    /// <summary>A connection whose first bytes are the header, sent together with what is written first.</summary>
    private static async Task<NetworkStream> OpenAsync(
        RunningGateway gateway, string header, int chunk = int.MaxValue, ListenerKind kind = ListenerKind.Https, IPAddress? from = null, IPAddress? to = null)
    {
        var address = to ?? IPAddress.Loopback;
        Assert.SkipWhen(address.AddressFamily == AddressFamily.InterNetworkV6 && !Socket.OSSupportsIPv6, "IPv6 is switched off here");
        var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        socket.Bind(new IPEndPoint(from ?? Proxy, 0));
        await socket.ConnectAsync(EndPoint(gateway, kind, address));
        return new BehindHeader(socket, ProxyHeaderTests.Bytes(header), chunk);
    }

    private static async Task<SslStream> ConnectAsync(
        RunningGateway gateway, string header, int chunk = int.MaxValue, ListenerKind kind = ListenerKind.Https, IPAddress? from = null, IPAddress? to = null,
        params SslApplicationProtocol[] protocols)
    {
        var tls = new SslStream(await OpenAsync(gateway, header, chunk, kind, from, to));
        await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
        {
            TargetHost = "matrix.example.com",
            ApplicationProtocols = protocols.Length > 0 ? [.. protocols] : [SslApplicationProtocol.Http11],
            RemoteCertificateValidationCallback = (_, _, _, _) => true,
        });
        return tls;
    }

    /// <summary>What the gateway says to these bytes until it ends the connection.</summary>
    private static async Task<byte[]> SayAsync(RunningGateway gateway, byte[] bytes, IPAddress from, ListenerKind kind = ListenerKind.Https, bool thenEnd = false)
    {
        await using var stream = await OpenAsync(gateway, header: "", kind: kind, from: from);
        try
        {
            await stream.WriteAsync(bytes);
            if (thenEnd)
                stream.Socket.Shutdown(SocketShutdown.Send);
        }
        catch (Exception exception) when (exception is IOException or SocketException)
        {
            // It has ended the connection already.
        }

        return await ReadToEndAsync(stream);
    }

    private static async Task<byte[]> ReadToEndAsync(Stream stream)
    {
        using var heard = new MemoryStream();
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        try
        {
            await stream.CopyToAsync(heard, limit.Token);
        }
        catch (IOException)
        {
            // A reset is an end, too.
        }

        return heard.ToArray();
    }

    private static async Task StillServesAsync(RunningGateway gateway)
    {
        foreach (var kind in new[] { ListenerKind.Https, ListenerKind.Federation })
        {
            await using var tls = await ConnectAsync(gateway, Binary, kind: kind);
            Assert.Equal(200, (await RawAnswer.ExchangeAsync(tls, Versions)).Status);
        }
    }

    private static void AssertQuiet(RunningGateway gateway) =>
        Assert.DoesNotContain(gateway.Events.All, entry => entry.Level >= LogEventLevel.Warning || entry.Exception is not null);

    // The part alone, with a clock that is moved by hand and everything that it logs.
    private static ((LogEvents Kept, Serilog.Core.Logger Log) Events, ManualTime Time, FrontDoor Door) Front()
    {
        var (kept, time) = (new LogEvents(), new ManualTime(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero)));
        var log = new LoggerConfiguration().MinimumLevel.Debug().WriteTo.Sink(kept).CreateLogger();
        var protocol = new ProxyProtocol(
            new TrustedPeers(TrustedProxies.Of(IPNetwork.Parse("10.0.0.0/8"))), time,
            new Microsoft.Extensions.Logging.Logger<ProxyProtocol>(new SerilogLoggerFactory(log)));
        return ((kept, log), time, new FrontDoor(protocol));
    }

    private static (DefaultConnectionContext Connection, PipeWriter Peer) Connect(string peer)
    {
        // What is written has been read when the writer goes on.
        var atOnce = new PipeOptions(readerScheduler: PipeScheduler.Inline, writerScheduler: PipeScheduler.Inline, useSynchronizationContext: false);
        var (input, output) = (new Pipe(atOnce), new Pipe(atOnce));
        var connection = new DefaultConnectionContext { Transport = new Duplex(input.Reader, output.Writer) };
        connection.Features.Set(new ConnectionFacts(ListenerKind.Https, IPAddress.Parse(peer)));
        return (connection, input.Writer);
    }

    private sealed record Duplex(PipeReader Input, PipeWriter Output) : IDuplexPipe;

    private sealed class FrontDoor(ProxyProtocol protocol)
    {
        public ConnectionDelegate Delegate(ConnectionDelegate next) => protocol.BeforeTls(next);

        public async Task RefuseAsync(string from, string text)
        {
            var (connection, peer) = Connect(from);
            await peer.WriteAsync(Encoding.ASCII.GetBytes(text));
            await peer.CompleteAsync();
            await Delegate(_ => throw new InvalidOperationException("not to be served"))(connection);
        }
    }

    /// <summary>Sends the header together with what is written first, in packets of at most so many bytes.</summary>
    private sealed class BehindHeader(Socket socket, byte[] header, int chunk) : NetworkStream(socket, ownsSocket: true)
    {
        private byte[] header = header;

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (header.Length > 0)
                (buffer, header) = (new ReadOnlyMemory<byte>([.. header, .. buffer.Span]), []);
            while (!buffer.IsEmpty)
            {
                var length = Math.Min(chunk, buffer.Length);
                await base.WriteAsync(buffer[..length], cancellationToken);
                buffer = buffer[length..];
            }
        }
    }
}
