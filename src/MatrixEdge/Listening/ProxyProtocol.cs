using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using MatrixEdge.Observability;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http.Features;

namespace MatrixEdge.Listening;

/// <summary>
/// Learns from the PROXY protocol who connected to the proxy in front, on the listeners that are configured so. A trusted peer must
/// begin with a header, or is refused; anybody else is a client himself, and his bytes are not looked at: a header that he sends is
/// what no TLS stack and no HTTP parser accepts. Stands before everything that reads from a connection.
/// </summary>
internal sealed partial class ProxyProtocol(TrustedPeers trusted, TimeProvider time, ILogger<ProxyProtocol> logger)
{
    /// <summary>How long a proxy may take for its header, which it sends before anything of the client's.</summary>
    public static readonly TimeSpan Timeout = TimeSpan.FromSeconds(5);

    private readonly OncePerHour<IPAddress> told = new(time);

    public ConnectionDelegate BeforeTls(ConnectionDelegate next) => connection =>
    {
        var facts = connection.Features.GetRequiredFeature<ConnectionFacts>();
        return facts.IsTrusted(trusted.Proxies) ? TakeAsync(connection, facts, next) : next(connection);
    };

    private async Task TakeAsync(ConnectionContext connection, ConnectionFacts facts, ConnectionDelegate next)
    {
        var (header, fault) = await ReadAsync(connection.Transport.Input);
        if (header is { } read)
        {
            if (read.Source is { } source)
                connection.RemoteEndPoint = source;
            connection.Features.Set(new ConnectionFacts(facts.Listener, read.Source?.Address ?? facts.Peer, isNamed: read.Source is not null));
            await next(connection);
            return;
        }

        // The connection ends with this. Nothing was said: that is how it is checked whether a port is open.
        if (fault is null)
            return;

        Log.Refused(logger, facts.PeerText, facts.Listener, fault);
        if (told.IsDue(facts.Peer))
            Log.RefusedProxy(logger, facts.PeerText, facts.Listener, fault);
    }

    // Neither when the connection ended before anything was said.
    private async Task<(ProxyHeader? Header, string? Fault)> ReadAsync(PipeReader input)
    {
        const string Incomplete = "its PROXY header broke off";
        using var limit = new CancellationTokenSource(Timeout, time);
        var hasBegun = false;
        try
        {
            while (true)
            {
                var read = await input.ReadAsync(limit.Token);
                var outcome = ProxyHeader.Read(read.Buffer, out var header, out var fault);
                if (outcome == ProxyHeader.Outcome.Complete)
                {
                    // Nothing behind it is called examined: so the next reader gets at once what came with it.
                    input.AdvanceTo(read.Buffer.GetPosition(header.Length));
                    return (header, null);
                }

                hasBegun = !read.Buffer.IsEmpty;
                input.AdvanceTo(read.Buffer.Start, read.Buffer.End);
                if (outcome == ProxyHeader.Outcome.Malformed)
                    return (null, fault);
                if (read.IsCompleted || read.IsCanceled)
                    return (null, hasBegun ? Incomplete : null);
            }
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested)
        {
            return (null, string.Create(
                System.Globalization.CultureInfo.InvariantCulture, $"no {(hasBegun ? "whole " : "")}PROXY header came within {Timeout.TotalSeconds} seconds"));
        }
        catch (Exception exception) when (exception is OperationCanceledException or IOException or SocketException or ObjectDisposedException)
        {
            return (null, hasBegun ? Incomplete : null); // reset, or this program ends
        }
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Debug, "A connection from {Peer} on {Listener} was refused: {Fault}")]
        public static partial void Refused(ILogger logger, string peer, ListenerKind listener, string fault);

        [LoggerMessage(LogLevel.Warning, "The trusted proxy {Peer} is refused on {Listener}: {Fault}. Let it send PROXY headers (HAProxy: send-proxy-v2, nginx: proxy_protocol on), or take {Listener} out of MatrixEdge:Listen:ProxyProtocol, or that address out of MatrixEdge:TrustedProxies. This is told once an hour")]
        public static partial void RefusedProxy(ILogger logger, string peer, ListenerKind listener, string fault);
    }
}
