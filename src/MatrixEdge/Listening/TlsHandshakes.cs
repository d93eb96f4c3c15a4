using System.Security.Authentication;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace MatrixEdge.Listening;

/// <summary>
/// Decides by what certificate a connection is handshaken with. The same on both TLS ports, except for a name that has no
/// certificate yet: on 443 it gets a stopgap, so that people see that something is there; on 8448 the handshake is refused, since
/// other servers would only learn from it that this one is not to be trusted.
/// </summary>
internal sealed partial class TlsHandshakes(ServedCertificate served, StopgapCertificate stopgap, ILogger<TlsHandshakes> logger)
{
    /// <summary>How long a client may take for its part of a handshake.</summary>
    public static readonly TimeSpan Timeout = TimeSpan.FromSeconds(10);

    /// <summary>For the framework's own TLS: the callback of one of the two TLS listeners.</summary>
    public TlsHandshakeCallbackOptions OptionsFor(ListenerKind listener) => new()
    {
        HandshakeTimeout = Timeout,
        OnConnection = context => ValueTask.FromResult(Choose(listener, context.Connection, context.ClientHelloInfo.ServerName).Options),
    };

    /// <summary>
    /// Stands before the framework's own TLS. A first message that is no ClientHello never gets as far as the callback, and the framework takes the lack of
    /// a certificate for a mistake of the program: without this, anybody could fill the log with errors and their stacks.
    /// </summary>
    public ConnectionDelegate Guard(ConnectionDelegate next) => async connection =>
    {
        try
        {
            await next(connection);
        }
        catch (NotSupportedException exception)
        {
            Log.NotUnderstood(logger, exception);
        }
    };

    /// <summary>What a connection is to be handshaken with.</summary>
    /// <param name="serverName">The name in the ClientHello (RFC 6066 §3); null without one.</param>
    /// <exception cref="AuthenticationException">The handshake is refused; the connection ends, and it is told at Debug.</exception>
    public TlsIdentity Choose(ListenerKind listener, BaseConnectionContext connection, string? serverName)
    {
        if (TlsAlpnChallenges.IdentityOf(connection) is { } challenge)
            return challenge;
        if (served.FindIdentity(serverName) is { } identity)
            return identity;

        return listener == ListenerKind.Https
            ? stopgap.IdentityFor(served.NamesWithout)
            : throw new AuthenticationException("There is no certificate for this name yet");
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Debug, "A TLS connection began with something else than a ClientHello")]
        public static partial void NotUnderstood(ILogger logger, Exception exception);
    }
}
