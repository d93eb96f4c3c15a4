using System.Net.Security;
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

    /// <summary>What such a handshake agrees on (RFC 8737 §3).</summary>
    public static readonly SslApplicationProtocol Protocol = new(ProtocolName);

    /// <summary>What a marked connection is to be handshaken with; null for all others.</summary>
    public static TlsIdentity? IdentityOf(BaseConnectionContext connection) => connection.Features.Get<Challenged>()?.Identity;

    /// <summary>Stands before TLS and marks the connections that a challenge is open for.</summary>
    public ConnectionDelegate BeforeTls(ConnectionDelegate next) =>
        connection => challenges.AwaitsTlsAlpn ? LookAsync(connection, next) : next(connection);

    /// <summary>Stands behind TLS: for a marked connection all is done, and nothing of HTTP is served on it (RFC 8737 §3).</summary>
    public static ConnectionDelegate BehindTls(ConnectionDelegate next) =>
        connection => connection.Features.Get<Challenged>() is null ? next(connection) : Task.CompletedTask;

    private async Task LookAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        using var limit = new CancellationTokenSource(TlsHandshakes.Timeout, time);
        var (isDecided, hello) = await ClientHello.PeekAsync(connection.Transport.Input, limit.Token);
        if (!isDecided)
            return; // the connection ends, as after a handshake that took too long

        if (hello is { ServerName: { } name, OnlyProtocol: ProtocolName } && challenges.FindTlsAlpn(name) is { } identity)
        {
            connection.Features.Set(new Challenged(identity));
            Log.Asked(logger, name, connection.Features.GetRequiredFeature<ConnectionFacts>().PeerText);
        }

        await next(connection);
    }

    /// <summary>The mark.</summary>
    private sealed record Challenged(TlsIdentity Identity);

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Debug, "The tls-alpn-01 challenge of {Name} was asked for by {Peer}")]
        public static partial void Asked(ILogger logger, string name, string peer);
    }
}
