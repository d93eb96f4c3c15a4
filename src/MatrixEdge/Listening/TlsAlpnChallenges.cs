using System.Net.Security;
using System.Security.Authentication;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http.Features;

namespace MatrixEdge.Listening;

/// <summary>
/// Answers tls-alpn-01 (RFC 8737): a connection whose ClientHello offers <c>acme-tls/1</c> and nothing else, for a name with an open
/// challenge, gets the challenge's certificate and is closed after the handshake. Nobody else ever sees that certificate: the
/// bytes of everybody else go on untouched, and while no challenge is open they are not even looked at.
/// </summary>
internal sealed partial class TlsAlpnChallenges(OpenChallenges challenges, TimeProvider time, ILogger<TlsAlpnChallenges> logger)
{
    private const string ProtocolName = "acme-tls/1";
    private static readonly SslApplicationProtocol Protocol = new(ProtocolName);

    /// <summary>What a marked connection is to be handshaken with; null for all others.</summary>
    public static SslServerAuthenticationOptions? OptionsOf(BaseConnectionContext connection) => connection.Features.Get<Challenged>()?.Options;

    /// <summary>Stands before TLS and marks the connections that a challenge is open for.</summary>
    public ConnectionDelegate BeforeTls(ConnectionDelegate next) =>
        connection => challenges.AwaitsTlsAlpn ? LookAsync(connection, next) : next(connection);

    /// <summary>Stands behind TLS: for a marked connection all is done, and nothing of HTTP is served on it (RFC 8737 §3).</summary>
    public static ConnectionDelegate BehindTls(ConnectionDelegate next) =>
        connection => connection.Features.Get<Challenged>() is null ? next(connection) : Task.CompletedTask;

    private async Task LookAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        var (isDecided, hello) = await ReadHelloAsync(connection);
        if (!isDecided)
            return; // the connection ends, as after a handshake that took too long

        if (hello is { ServerName: { } name, OnlyProtocol: ProtocolName } && challenges.FindTlsAlpn(name) is { } certificate)
        {
            connection.Features.Set(new Challenged(new SslServerAuthenticationOptions
            {
                ServerCertificateContext = certificate,
                ApplicationProtocols = [Protocol],
                EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
                AllowRenegotiation = false,
                AllowTlsResume = false,
            }));
            Log.Asked(logger, name, connection.Features.GetRequiredFeature<ConnectionFacts>().PeerText);
        }

        await next(connection);
    }

    // Undecided when the client took too long or went away.
    private async Task<(bool IsDecided, ClientHello? Hello)> ReadHelloAsync(ConnectionContext connection)
    {
        var input = connection.Transport.Input;
        using var limit = new CancellationTokenSource(TlsHandshakes.Timeout, time);
        var examined = 0L;
        try
        {
            while (true)
            {
                var read = await input.ReadAsync(limit.Token);
                var outcome = ClientHello.Read(read.Buffer, out var hello);
                if (outcome == ClientHello.Outcome.NeedMore && !read.IsCompleted)
                {
                    examined = read.Buffer.Length;
                    input.AdvanceTo(read.Buffer.Start, read.Buffer.End);
                    continue;
                }

                // Nothing is consumed, and no more called examined than was before: so the next reader gets all of it at once.
                input.AdvanceTo(read.Buffer.Start, read.Buffer.GetPosition(examined));
                return (true, hello);
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or IOException)
        {
            return (false, null);
        }
    }

    /// <summary>The mark.</summary>
    private sealed record Challenged(SslServerAuthenticationOptions Options);

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Debug, "The tls-alpn-01 challenge of {Name} was asked for by {Peer}")]
        public static partial void Asked(ILogger logger, string name, string peer);
    }
}
