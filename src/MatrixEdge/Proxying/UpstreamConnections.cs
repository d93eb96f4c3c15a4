using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using MatrixEdge.Configuration;

namespace MatrixEdge.Proxying;

/// <summary>
/// The connections to the programs behind the gateway: one pool each, HTTP/1.1 (Synapse speaks nothing else), without anything
/// that would change a message on its way.
/// </summary>
/// <param name="meters">Measures them apart from what else this process connects to.</param>
internal sealed class UpstreamConnections(IMeterFactory meters) : IDisposable
{
    /// <summary>How long to wait for a connection; a homeserver on the same network takes milliseconds.</summary>
    public static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(5);

    private const int MaxResponseHeadersKilobytes = 128;

    // By what is trusted. Few ever: a file of roots is changed once in years.
    private readonly ConcurrentDictionary<string, HttpMessageInvoker> byRoots = new();

    /// <summary>For all that is trusted by the system's roots, or spoken to without TLS.</summary>
    public HttpMessageInvoker Client { get; } = Create([], meters);

    /// <summary>For what is trusted by these roots, too.</summary>
    public HttpMessageInvoker For(TrustedRoots? roots) =>
        roots is null ? Client : byRoots.GetOrAdd(roots.Fingerprint, static (_, given) => Create(given.roots.Certificates, given.meters), (roots, meters));

    private static HttpMessageInvoker Create(X509Certificate2Collection roots, IMeterFactory meters) => new(new SocketsHttpHandler
    {
        MeterFactory = meters,
        UseProxy = false,
        UseCookies = false,
        AllowAutoRedirect = false,
        AutomaticDecompression = DecompressionMethods.None,
        ActivityHeadersPropagator = null, // adds traceparent
        ConnectTimeout = ConnectTimeout,

        // Twisted closes idle connections after 60 s; a request written at that moment would be lost.
        PooledConnectionIdleTimeout = TimeSpan.FromSeconds(20),

        // A container that was replaced has another address behind the same name.
        PooledConnectionLifetime = TimeSpan.FromMinutes(2),
        MaxResponseHeadersLength = MaxResponseHeadersKilobytes,

        // A `100 Continue` is the homeserver's to give; one that knows none is not waited for longer than others do.
        Expect100ContinueTimeout = TimeSpan.FromSeconds(1),

        // Header values are bytes.
        RequestHeaderEncodingSelector = (_, _) => Encoding.Latin1,
        ResponseHeaderEncodingSelector = (_, _) => Encoding.Latin1,

        SslOptions = new SslClientAuthenticationOptions { RemoteCertificateValidationCallback = new BackendTrust(roots).Accepts },
    });

    public void Dispose()
    {
        Client.Dispose();
        foreach (var client in byRoots.Values)
            client.Dispose();
    }
}
