using System.Net;
using System.Text;
using MatrixEdge.Configuration;
using MatrixEdge.Listening.Tls;
using MatrixEdge.Listening.Transport;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace MatrixEdge.Listening;

/// <summary>
/// The gateway's ports. Each connection is tagged with its listener and its peer; 443 and 8448 are one and the same to
/// everything behind them, down to the certificate. What a certificate authority asks for is answered here. Limits leave to the homeserver what is the homeserver's to judge.
/// </summary>
internal static class ListeningSetup
{
    public static void AddListening(this WebApplicationBuilder builder, ListenSettings settings, TrustedProxies trusted)
    {
        var sockets = new ListenerSockets(settings);
        sockets.BindAll();
        builder.Services.AddSingleton(sockets);
        builder.Services.AddSingleton<BlockPool>();
        builder.Services.AddSingleton(new TrustedPeers(trusted));
        builder.Services.AddSingleton<ProxyProtocol>();
        builder.Services.AddSingleton<ServedCertificate>();
        builder.Services.AddSingleton<StopgapCertificate>();
        builder.Services.AddSingleton<TlsHandshakes>();
        builder.Services.AddSingleton<HandshakeMetrics>();
        builder.Services.AddSingleton<TlsTermination>();
        builder.Services.AddSingleton<OpenChallenges>();
        builder.Services.AddSingleton<HttpChallenges>();
        builder.Services.AddSingleton<TlsAlpnChallenges>();
        builder.Services.AddSingleton<BoundListeners>();
        builder.Services.AddSingleton<HttpRedirect>();
        builder.Services.Configure<SocketTransportOptions>(options =>
        {
            options.Backlog = ListenerSockets.Backlog;
            options.CreateBoundListenSocket = sockets.Take;
        });

        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration();
        builder.Services.AddSingleton<IMemoryPoolFactory<byte>, BlockPoolFactory>(); // in place of its own, so behind it
        if (TlsTermination.IsOwn)
            builder.Services.AddSingleton<IConnectionListenerFactory, LoopTransport>(); // is asked before Kestrel's, being behind it
        builder.Services.AddOptions<KestrelServerOptions>().Configure<TlsHandshakes, TlsTermination, TlsAlpnChallenges, BoundListeners, ProxyProtocol>((kestrel, handshakes, termination, challenges, bound, proxies) =>
        {
            kestrel.AddServerHeader = false;
            SetLimits(kestrel.Limits);

            // Header values are bytes: what came in goes out, whatever its encoding.
            kestrel.RequestHeaderEncodingSelector = _ => Encoding.Latin1;
            kestrel.ResponseHeaderEncodingSelector = _ => Encoding.Latin1;

            Listen(kestrel, sockets, bound, proxies, ListenerKind.Http, settings.Http, tls: null);
            Listen(kestrel, sockets, bound, proxies, ListenerKind.Https, settings.Https, UseTls);
            Listen(kestrel, sockets, bound, proxies, ListenerKind.Federation, settings.Federation, UseTls);
            Listen(kestrel, sockets, bound, proxies, ListenerKind.Admin, settings.Admin, tls: null);

            void UseTls(ListenOptions listener, ListenerKind kind)
            {
                listener.Use(challenges.BeforeTls);
                if (TlsTermination.IsOwn)
                {
                    listener.Use(next => termination.For(kind, next));
                }
                else
                {
                    listener.Use(handshakes.Guard);
                    listener.UseHttps(handshakes.OptionsFor(kind));
                }

                listener.Use(TlsAlpnChallenges.BehindTls);
            }
        });
    }

    private static void SetLimits(KestrelServerLimits limits)
    {
        // Bodies: the homeserver's own limit is applied per upload where it is known (UploadLimit).
        limits.MaxRequestBodySize = null;

        // A stalled phone is not an attack: the forwarder ends transfers without progress (TimeLimits).
        limits.MinRequestBodyDataRate = null;
        limits.MinResponseDataRate = null;

        // `/sync?filter={…}` and `/_matrix/client/v3/publicRooms?since=…` grow long.
        limits.MaxRequestLineSize = 128 * 1024;
        limits.MaxRequestHeadersTotalSize = 256 * 1024;
        limits.MaxRequestHeaderCount = 200;
        limits.Http2.MaxRequestHeaderFieldSize = 128 * 1024;

        // A browser with several accounts holds a long poll for each on one connection.
        limits.Http2.MaxStreamsPerConnection = 1000;
        limits.Http2.KeepAlivePingDelay = TimeSpan.FromMinutes(1);
        limits.Http2.KeepAlivePingTimeout = TimeSpan.FromMinutes(1); // a phone in a tunnel
        limits.KeepAliveTimeout = TimeSpan.FromMinutes(3);
    }

    private static void Listen(
        KestrelServerOptions kestrel, ListenerSockets sockets, BoundListeners bound, ProxyProtocol proxies, ListenerKind kind, ListenAddress? address,
        Action<ListenOptions, ListenerKind>? tls)
    {
        foreach (var endPoint in (address?.EndPoints ?? []).Where(sockets.Has))
        {
            kestrel.Listen(tls is not null && TlsTermination.IsOwn ? new LoopEndPoint(endPoint) : endPoint, listener =>
            {
                bound.Add(kind, listener);
                if (tls is null)
                    listener.Protocols = HttpProtocols.Http1; // with TLS, what both sides have (RFC 7301)
                listener.Use(next => connection =>
                {
                    connection.Features.Set(new ConnectionFacts(kind, PeerOf(connection)));
                    return next(connection);
                });
                if (address!.HasProxyHeader)
                    listener.Use(proxies.BeforeTls);
                tls?.Invoke(listener, kind);
            });
        }
    }

    private static IPAddress PeerOf(ConnectionContext connection) => connection.RemoteEndPoint switch
    {
        IPEndPoint { Address.IsIPv4MappedToIPv6: true } peer => peer.Address.MapToIPv4(),
        IPEndPoint peer => peer.Address,
        _ => IPAddress.None,
    };
}
