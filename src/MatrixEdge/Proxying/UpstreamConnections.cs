using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using MatrixEdge.Configuration;
using MatrixEdge.Proxying.Http1;
using MatrixEdge.Sockets;

namespace MatrixEdge.Proxying;

/// <summary>
/// The connections to the programs behind the gateway: a pool for each, HTTP/1.1 (Synapse speaks nothing else), without anything
/// that would change a message on its way. Beside them .NET's own client, for connections that are taken over (WebSockets) and for
/// the gateway's own questions.
/// </summary>
internal sealed class UpstreamConnections : IDisposable
{
    /// <summary>How long to wait for a connection; a homeserver on the same network takes milliseconds.</summary>
    public static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(5);

    /// <summary>How long a connection may be idle. Twisted closes those after 60 s; a request written at that moment would be lost.</summary>
    public static readonly TimeSpan IdleTimeout = TimeSpan.FromSeconds(20);

    /// <summary>How old a connection may be when a request begins on it: a container that was replaced has another address behind the same name.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(2);

    private const int MaxResponseHeadersKilobytes = 128;

    // How much later than due silence is noticed, at most.
    private static readonly TimeSpan BetweenSweeps = TimeSpan.FromMilliseconds(250);

    // By what is trusted. Few ever: a file of roots is changed once in years.
    private readonly ConcurrentDictionary<string, HttpMessageInvoker> byRoots = new();
    private readonly ConcurrentDictionary<PoolKey, BackendPool> pools = new();
    private readonly ITimer sweeper;
    private readonly TimeProvider time;
    private readonly EventLoops? loops;

    public UpstreamConnections(BackendMetrics metrics, TimeProvider time, EventLoops? loops = null)
    {
        (Metrics, this.time, this.loops) = (metrics, time, loops);
        sweeper = time.CreateTimer(static connections => ((UpstreamConnections)connections!).Sweep(), this, BetweenSweeps, BetweenSweeps);
    }

    public BackendMetrics Metrics { get; }

    /// <summary>For all that is trusted by the system's roots, or spoken to without TLS.</summary>
    public HttpMessageInvoker Client { get; } = CreateClient([]);

    /// <summary>For what is trusted by these roots, too.</summary>
    public HttpMessageInvoker For(TrustedRoots? roots) =>
        roots is null ? Client : byRoots.GetOrAdd(roots.Fingerprint, static (_, roots) => CreateClient(roots.Certificates), roots);

    /// <summary>The pool of the program that a request goes to.</summary>
    public BackendPool PoolOf(Upstream upstream, HttpRequest request)
    {
        var (backend, roots, tlsHost) = (upstream.Backend, (TrustedRoots?)null, (string?)null);
        if (backend.Address.Scheme == Uri.UriSchemeHttps)
            (roots, tlsHost) = (upstream.TrustedRoots, upstream.Transformer.KeepsHost ? request.Host.Host : backend.Address.IdnHost);

        var key = new PoolKey(backend.Prefix, roots?.Fingerprint, tlsHost);
        return pools.TryGetValue(key, out var pool)
            ? pool
            : pools.GetOrAdd(key, static (key, given) => new BackendPool(given.backend.Address, key.TlsHost is null ? null : TlsFor(key.TlsHost, given.roots), given.loops, given.Metrics, given.time),
                (backend, roots, loops, Metrics, time));
    }

    public void Dispose()
    {
        sweeper.Dispose();
        foreach (var pool in pools.Values)
            pool.Clear();
        Client.Dispose();
        foreach (var client in byRoots.Values)
            client.Dispose();
    }

    private static HttpMessageInvoker CreateClient(X509Certificate2Collection roots) => new(new SocketsHttpHandler
    {
        UseProxy = false,
        UseCookies = false,
        AllowAutoRedirect = false,
        AutomaticDecompression = DecompressionMethods.None,
        ActivityHeadersPropagator = null, // adds traceparent
        ConnectTimeout = ConnectTimeout,
        PooledConnectionIdleTimeout = IdleTimeout,
        PooledConnectionLifetime = Lifetime,
        MaxResponseHeadersLength = MaxResponseHeadersKilobytes,

        // Header values are bytes.
        RequestHeaderEncodingSelector = (_, _) => Encoding.Latin1,
        ResponseHeaderEncodingSelector = (_, _) => Encoding.Latin1,

        SslOptions = new SslClientAuthenticationOptions { RemoteCertificateValidationCallback = new BackendTrust(roots).Accepts },
    });

    private static SslClientAuthenticationOptions TlsFor(string host, TrustedRoots? roots) => new()
    {
        TargetHost = host,
        ApplicationProtocols = [SslApplicationProtocol.Http11],
        CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
        RemoteCertificateValidationCallback = new BackendTrust(roots?.Certificates ?? []).Accepts,
    };

    private void Sweep()
    {
        foreach (var (_, pool) in pools)
            pool.Sweep();
    }

    // The host without its port: whose certificate is expected; null where no TLS is spoken.
    private readonly record struct PoolKey(string Prefix, string? Roots, string? TlsHost);
}
