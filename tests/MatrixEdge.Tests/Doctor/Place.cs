using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace MatrixEdge.Tests.Doctor;

/// <summary>A port of an address of the test's world, behind which a real server listens on loopback. It can be changed until, and while, it is asked.</summary>
internal sealed class Place : IAsyncDisposable
{
    // The longest head that a test sends; more is not read.
    private const int LongestHead = 64 * 1024;

    // RFC 8446 §5.1: what no request begins with.
    private const byte TlsHandshake = 22;

    private readonly Socket listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly CancellationTokenSource end = new();
    private readonly ConcurrentDictionary<TestAuthority.Issued, SslStreamCertificateContext> contexts = new();
    private readonly Task accepting;

    public Place(IPEndPoint endPoint, Web web, TestAuthority.Issued? certificate)
    {
        (EndPoint, Web, Certificate) = (endPoint, web, certificate);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        accepting = AcceptAsync();
    }

    /// <summary>In the test's world.</summary>
    public IPEndPoint EndPoint { get; }

    /// <summary>On loopback.</summary>
    public IPEndPoint Listener => (IPEndPoint)listener.LocalEndPoint!;

    public Reach Reach { get; set; }

    public Web Web { get; set; }

    /// <summary>Null for plain HTTP.</summary>
    public TestAuthority.Issued? Certificate { get; set; }

    /// <summary>Certificates for names in SNI, in place of <see cref="Certificate"/>; null: the handshake is broken off. The empty name stands for none.</summary>
    public Dictionary<string, TestAuthority.Issued?> ByName { get; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>In place of all else: what is done with the connection, before any TLS.</summary>
    public Func<Stream, CancellationToken, Task>? Raw { get; set; }

    /// <summary>In place of the server here: another program's address on loopback.</summary>
    public EndPoint? Program { get; set; }

    public async ValueTask DisposeAsync()
    {
        await end.CancelAsync();
        listener.Dispose();
        await accepting;
        end.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var socket = await listener.AcceptAsync(end.Token);
                socket.NoDelay = true;
                _ = ServeAsync(socket, end.Token);
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or SocketException or ObjectDisposedException)
        {
        }
    }

    // One request for each connection, as the doctor asks.
    private async Task ServeAsync(Socket socket, CancellationToken stop)
    {
        await using var plain = new NetworkStream(socket, ownsSocket: true);
        try
        {
            if (Raw is not null)
            {
                await Raw(plain, stop);
                return;
            }

            if (Certificate is null)
            {
                await AnswerAsync(plain, stop);
                return;
            }

            await using var secure = new SslStream(plain);
            await secure.AuthenticateAsServerAsync((_, hello, _, _) => ValueTask.FromResult(OptionsFor(hello.ServerName)), null, stop);
            await AnswerAsync(secure, stop);
            await secure.ShutdownAsync();
        }
        catch (Exception exception) when (exception is OperationCanceledException or IOException or SocketException or AuthenticationException or ObjectDisposedException)
        {
        }
    }

    private SslServerAuthenticationOptions OptionsFor(string name)
    {
        var certificate = ByName.TryGetValue(name, out var own) ? own : Certificate;
        return new SslServerAuthenticationOptions
        {
            ServerCertificateContext = contexts.GetOrAdd(certificate ?? throw new AuthenticationException("There is none for that name."), Prepare),
            ApplicationProtocols = [SslApplicationProtocol.Http11],
        };
    }

    // Exactly what was issued is sent, whatever this machine trusts.
    private static SslStreamCertificateContext Prepare(TestAuthority.Issued issued)
    {
        X509Certificate2Collection chain = [.. issued.Chain];
        var trust = SslCertificateTrust.CreateForX509Collection(chain.Count > 0 ? chain : [issued.Leaf], sendTrustInHandshake: false);
        return SslStreamCertificateContext.Create(issued.Leaf, chain, offline: true, trust);
    }

    private async Task AnswerAsync(Stream stream, CancellationToken stop)
    {
        // As web servers say to a TLS handshake where they expect plain HTTP.
        var reply = await ReadAsync(stream, stop) is { } ask ? Web.Answer(ask) : Reply.Html("<html>400 Bad Request</html>", 400);
        await reply.SendAsync(stream, DateTimeOffset.UtcNow, stop);
        await stream.FlushAsync(stop);
        // Whoever closes first resets what the other side has not read yet.
        var rest = new byte[4096];
        while (await stream.ReadAsync(rest, stop) > 0)
        {
        }
    }

    private static async Task<Ask?> ReadAsync(Stream stream, CancellationToken stop)
    {
        var buffer = new byte[LongestHead];
        var length = 0;
        while (buffer.AsSpan(0, length).IndexOf("\r\n\r\n"u8) < 0 && buffer[0] != TlsHandshake)
        {
            var read = length == buffer.Length ? 0 : await stream.ReadAsync(buffer.AsMemory(length), stop);
            if (read == 0)
                return null;
            length += read;
        }

        if (buffer[0] == TlsHandshake)
            return null;

        var lines = Encoding.Latin1.GetString(buffer, 0, buffer.AsSpan(0, length).IndexOf("\r\n\r\n"u8)).Split("\r\n");
        if (lines[0].Split(' ') is not [var method, var target, _])
            return null;

        var headers = lines.Skip(1).Select(line => line.Split(": ", 2)).GroupBy(pair => pair[0], pair => pair[^1], StringComparer.OrdinalIgnoreCase)
            .ToDictionary(header => header.Key, header => header.First(), StringComparer.OrdinalIgnoreCase);
        var host = headers.GetValueOrDefault("Host", "");
        var colon = host.LastIndexOf(':');
        return new Ask(method, colon > host.LastIndexOf(']') ? host[..colon] : host, target.Split('?')[0], target, headers);
    }
}
