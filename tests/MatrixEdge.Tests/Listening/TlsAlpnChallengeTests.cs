using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using MatrixEdge.Listening;
using MatrixEdge.Tests.Support;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace MatrixEdge.Tests.Listening;

/// <summary>tls-alpn-01 as authorities ask for it, and what others notice of it: nothing.</summary>
public sealed class TlsAlpnChallengeTests
{
    private static readonly SslApplicationProtocol AcmeTls = new("acme-tls/1");

    [Theory]
    [InlineData(nameof(ListenerKind.Https), SslProtocols.Tls12, "matrix.example.com")]
    [InlineData(nameof(ListenerKind.Https), SslProtocols.Tls13, "matrix.example.com")]
    [InlineData(nameof(ListenerKind.Https), SslProtocols.Tls13, "MATRIX.example.com")]
    [InlineData(nameof(ListenerKind.Federation), SslProtocols.Tls13, "matrix.example.com")]
    public async Task The_authority_gets_the_challenges_certificate_and_then_the_end(string listener, SslProtocols protocol, string serverName)
    {
        await using var gateway = await RunningGateway.StartInFrontOfAsync(1);
        using var certificate = ChallengeCertificate("matrix.example.com");
        using var open = Open(gateway, certificate);

        await using var tls = await HandshakeAsync(gateway, Enum.Parse<ListenerKind>(listener), serverName, chunk: int.MaxValue, protocol, AcmeTls);

        Assert.Equal(certificate.SerialNumber, new X509Certificate2(tls.RemoteCertificate!).SerialNumber);
        Assert.Equal(AcmeTls, tls.NegotiatedApplicationProtocol);
        Assert.Equal("", await ReadToEndAsync(tls, "GET /.well-known/matrix/server HTTP/1.1\r\nHost: matrix.example.com\r\n\r\n"));
        Assert.DoesNotContain(gateway.Events.All, entry => entry.Exception is not null);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(100)]
    public async Task In_crumbs_it_is_the_same(int chunk)
    {
        await using var gateway = await RunningGateway.StartInFrontOfAsync(1);
        using var certificate = ChallengeCertificate("matrix.example.com");
        using var open = Open(gateway, certificate);

        await using var authority = await HandshakeAsync(gateway, ListenerKind.Https, "matrix.example.com", chunk, SslProtocols.None, AcmeTls);
        await using var client = await HandshakeAsync(gateway, ListenerKind.Https, "matrix.example.com", chunk, SslProtocols.None, SslApplicationProtocol.Http11);
        var answer = await RawAnswer.ExchangeAsync(client, "GET /.well-known/matrix/server HTTP/1.1\r\nHost: matrix.example.com\r\n\r\n");

        Assert.Equal(certificate.SerialNumber, new X509Certificate2(authority.RemoteCertificate!).SerialNumber);
        Assert.Equal(200, answer.Status);
    }

    [Fact]
    public async Task Ordinary_clients_never_see_it()
    {
        await using var gateway = await RunningGateway.StartInFrontOfAsync(1);
        var ordinary = gateway.Services.GetRequiredService<ServedCertificate>().Find("")!.Leaf.SerialNumber;
        using var certificate = ChallengeCertificate("matrix.example.com");
        SslApplicationProtocol[][] offers =
        [
            [SslApplicationProtocol.Http2, SslApplicationProtocol.Http11], [SslApplicationProtocol.Http11], [AcmeTls, SslApplicationProtocol.Http11],
            [SslApplicationProtocol.Http2, AcmeTls], [],
        ];

        // Connecting all the while that challenges open and close.
        using var over = new CancellationTokenSource();
        var clients = offers.Select(offer => Task.Run(async () =>
        {
            var seen = new List<string>();
            while (!over.IsCancellationRequested)
            {
                await using var tls = await HandshakeAsync(gateway, ListenerKind.Https, "matrix.example.com", chunk: int.MaxValue, SslProtocols.None, offer);
                seen.Add(new X509Certificate2(tls.RemoteCertificate!).SerialNumber);
            }

            return seen;
        })).ToList();
        for (var i = 0; i < 50; i++)
        {
            using var open = Open(gateway, certificate);
            await using var tls = await HandshakeAsync(gateway, ListenerKind.Https, "matrix.example.com", chunk: int.MaxValue, SslProtocols.None, AcmeTls);
            Assert.Equal(certificate.SerialNumber, new X509Certificate2(tls.RemoteCertificate!).SerialNumber);
        }

        await over.CancelAsync();
        Assert.Equal([ordinary], (await Task.WhenAll(clients)).SelectMany(seen => seen).Distinct());
    }

    [Theory]
    [InlineData("other.example.com")]
    [InlineData("example.com")]
    [InlineData("192.0.2.1")]
    public async Task Another_name_is_refused_by_the_alert_that_there_is_no_such_protocol(string serverName)
    {
        await using var gateway = await RunningGateway.StartInFrontOfAsync(1);
        using var certificate = ChallengeCertificate("matrix.example.com");
        using var open = Open(gateway, certificate);

        Assert.Equal(NoApplicationProtocol, await SayAsync(gateway, await ClientHellos.FromClientAsync(serverName, "acme-tls/1")));
    }

    [Fact]
    public async Task A_challenge_that_is_over_is_answered_no_more()
    {
        await using var gateway = await RunningGateway.StartInFrontOfAsync(1);
        using var certificate = ChallengeCertificate("matrix.example.com");
        Open(gateway, certificate).Dispose();

        Assert.Equal(NoApplicationProtocol, await SayAsync(gateway, await ClientHellos.FromClientAsync("matrix.example.com", "acme-tls/1")));
    }

    [Fact]
    public async Task It_works_before_there_is_any_certificate()
    {
        await using var gateway = await RunningGateway.StartInFrontOfAsync(1);
        gateway.Services.GetRequiredService<ServedCertificate>().Forget("");
        using var certificate = ChallengeCertificate("matrix.example.com");
        using var open = Open(gateway, certificate);

        foreach (var kind in new[] { ListenerKind.Https, ListenerKind.Federation })
        {
            await using var tls = await HandshakeAsync(gateway, kind, "matrix.example.com", chunk: int.MaxValue, SslProtocols.None, AcmeTls);
            Assert.Equal(certificate.SerialNumber, new X509Certificate2(tls.RemoteCertificate!).SerialNumber);
        }
    }

    [Fact]
    public async Task Who_says_something_else_or_goes_away_meanwhile_leaves_no_error()
    {
        await using var gateway = await RunningGateway.StartInFrontOfAsync(1);
        using var certificate = ChallengeCertificate("matrix.example.com");
        using var open = Open(gateway, certificate);
        var hello = await ClientHellos.FromClientAsync("matrix.example.com", "acme-tls/1");

        await SayAsync(gateway, "GET / HTTP/1.1\r\nHost: example.com\r\n\r\n"u8.ToArray());
        await SayAsync(gateway, hello[..50], thenEnd: true);
        await SayAsync(gateway, [], thenEnd: true);
        for (var i = 0; i < 20; i++)
        {
            using var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { LingerState = new LingerOption(true, 0) };
            await client.ConnectAsync(gateway.EndPoints(ListenerKind.Https)[0]);
            await client.SendAsync(hello.AsMemory(0, 50));
            client.Close(); // a reset
        }

        await using var after = await HandshakeAsync(gateway, ListenerKind.Https, "matrix.example.com", chunk: int.MaxValue, SslProtocols.None, AcmeTls);
        await gateway.StopAsync();

        Assert.DoesNotContain(gateway.Events.All, entry => entry.Level >= Serilog.Events.LogEventLevel.Error || entry.Exception is not null);
    }

    [Fact]
    public async Task Without_a_challenge_nothing_is_looked_at_and_nothing_allocated()
    {
        var challenges = new OpenChallenges();
        var (connection, _) = Connection();
        var front = Front(challenges, TimeProvider.System, _ => Task.CompletedTask);
        await front(connection);

        Assert.Equal(0, Allocations.Of(() =>
        {
            for (var i = 0; i < 1000; i++)
                _ = front(connection);
        }));
    }

    [Fact]
    public async Task Those_who_come_next_get_every_byte_at_once()
    {
        var challenges = new OpenChallenges();
        using var certificate = ChallengeCertificate("matrix.example.com");
        using var open = challenges.AnswerTlsAlpn("matrix.example.com", certificate);
        foreach (var hello in new[] { await ClientHellos.FromClientAsync("example.com", "h2"), "GET / HTTP/1.1\r\n\r\n"u8.ToArray(), [22, 3, 1, 0, 0] })
        {
            var (connection, client) = Connection();
            var seen = new List<byte>();
            var running = Front(challenges, TimeProvider.System, async next =>
            {
                while (seen.Count < hello.Length)
                {
                    var read = await next.Transport.Input.ReadAsync();
                    seen.AddRange(read.Buffer.ToArray());
                    next.Transport.Input.AdvanceTo(read.Buffer.End);
                }
            })(connection);

            foreach (var one in hello)
            {
                await client.WriteAsync(new[] { one });
                await Task.Yield();
            }

            await running.WaitAsync(TimeSpan.FromSeconds(30));
            Assert.Equal(hello, seen);
        }
    }

    [Fact]
    public async Task A_client_that_never_finishes_its_hello_is_given_up_after_ten_seconds()
    {
        var time = new ManualTime(DateTimeOffset.UtcNow);
        var challenges = new OpenChallenges();
        using var certificate = ChallengeCertificate("matrix.example.com");
        using var open = challenges.AnswerTlsAlpn("matrix.example.com", certificate);
        var hello = await ClientHellos.FromClientAsync("matrix.example.com", "acme-tls/1");
        var (connection, client) = Connection();

        var running = Front(challenges, time, _ => throw new InvalidOperationException("It went on"))(connection);
        await client.WriteAsync(hello.AsMemory(0, hello.Length - 1));
        time.Advance(TimeSpan.FromSeconds(9.9));
        Assert.False(running.IsCompleted);
        time.Advance(TimeSpan.FromSeconds(0.1));

        await running.WaitAsync(TimeSpan.FromSeconds(30));
    }

    internal static byte[] NoApplicationProtocol { get; } = [21, 3, 3, 0, 2, 2, 120];

    internal static IDisposable Open(RunningGateway gateway, X509Certificate2 certificate) =>
        gateway.Services.GetRequiredService<OpenChallenges>().AnswerTlsAlpn("matrix.example.com", certificate);

    // RFC 8737 §3; what it authorizes does not matter here.
    internal static X509Certificate2 ChallengeCertificate(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=challenge", key, HashAlgorithmName.SHA256);
        var subject = new SubjectAlternativeNameBuilder();
        subject.AddDnsName(name);
        request.CertificateExtensions.Add(subject.Build());
        request.CertificateExtensions.Add(new X509Extension("1.3.6.1.5.5.7.1.31", [4, 32, .. SHA256.HashData("x"u8)], critical: true));
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddDays(1));
    }

    /// <summary>What the gateway says to these bytes until it ends the connection.</summary>
    internal static async Task<byte[]> SayAsync(RunningGateway gateway, byte[] bytes, bool thenEnd = false, ListenerKind kind = ListenerKind.Https)
    {
        using var client = new TcpClient { NoDelay = true };
        await client.ConnectAsync(gateway.EndPoints(kind)[0]);
        var stream = client.GetStream();
        await stream.WriteAsync(bytes);
        if (thenEnd)
            client.Client.Shutdown(SocketShutdown.Send);
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

    private static async Task<SslStream> HandshakeAsync(
        RunningGateway gateway, ListenerKind kind, string serverName, int chunk, SslProtocols protocol, params SslApplicationProtocol[] offer)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(gateway.EndPoints(kind)[0]);
        var tls = new SslStream(new InCrumbs(socket, chunk));
        await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
        {
            TargetHost = serverName,
            EnabledSslProtocols = protocol,
            ApplicationProtocols = offer.Length > 0 ? [.. offer] : null,
            RemoteCertificateValidationCallback = (_, _, _, _) => true,
        });
        return tls;
    }

    private static async Task<string> ReadToEndAsync(SslStream tls, string request)
    {
        try
        {
            await tls.WriteAsync(Encoding.ASCII.GetBytes(request));
            using var reader = new StreamReader(tls);
            using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(1));
            return await reader.ReadToEndAsync(limit.Token);
        }
        catch (IOException)
        {
            return ""; // the connection is gone
        }
    }

    private static ConnectionDelegate Front(OpenChallenges challenges, TimeProvider time, ConnectionDelegate next) =>
        new TlsAlpnChallenges(challenges, time, NullLogger<TlsAlpnChallenges>.Instance).BeforeTls(next);

    private static (DefaultConnectionContext Connection, PipeWriter Client) Connection()
    {
        var (input, output) = (new Pipe(), new Pipe());
        var connection = new DefaultConnectionContext { Transport = new Duplex(input.Reader, output.Writer) };
        connection.Features.Set(new ConnectionFacts(ListenerKind.Https, IPAddress.Loopback));
        return (connection, input.Writer);
    }

    private sealed record Duplex(PipeReader Input, PipeWriter Output) : IDuplexPipe;

    /// <summary>Writes in many small packets.</summary>
    private sealed class InCrumbs(Socket socket, int chunk) : NetworkStream(socket, ownsSocket: true)
    {
        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            while (!buffer.IsEmpty)
            {
                var length = Math.Min(chunk, buffer.Length);
                await base.WriteAsync(buffer[..length], cancellationToken);
                buffer = buffer[length..];
            }
        }
    }
}
