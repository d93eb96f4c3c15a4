using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace MatrixEdge.Listening;

/// <summary>
/// The one cell that holds the certificate being served. Both TLS ports read it at each handshake, so a second, stale copy
/// cannot exist; open connections keep what they began with. One writer: the certificates' keeper.
/// </summary>
internal sealed class ServedCertificate
{
    private volatile Prepared? current;

    /// <summary>What is served now; null before the first certificate.</summary>
    public CertificateBundle? Current => current?.Bundle;

    /// <summary>
    /// Serves the bundle from the next handshake on. Throws as <see cref="Verify"/> does, and then changes nothing.
    /// </summary>
    public void Publish(CertificateBundle bundle) => current = new Prepared(bundle, Prepare(bundle));

    /// <summary>Makes sure that the bundle can be served.</summary>
    /// <exception cref="InvalidOperationException">The chain on the wire would not be exactly the bundle's.</exception>
    public static void Verify(CertificateBundle bundle) => Prepare(bundle);

    /// <summary>
    /// The callback of both TLS listeners. Whatever name the client asks for, or none (an IP literal is never named in SNI:
    /// RFC 6066 §3), it gets this certificate.
    /// </summary>
    public TlsHandshakeCallbackOptions HandshakeOptions() => new()
    {
        HandshakeTimeout = TimeSpan.FromSeconds(10),
        OnConnection = _ => current is { } prepared
            ? ValueTask.FromResult(prepared.Options)
            : throw new AuthenticationException("There is no certificate to serve yet"),
    };

    private static SslServerAuthenticationOptions Prepare(CertificateBundle bundle)
    {
        // With the host's trust store in play, certificates whose subject the host happens to trust are left out of the
        // chain (Let's Encrypt's X2-by-X1), and older phones then fail. Trusting exactly the chain sends exactly the chain.
        // (With an empty collection the host's store would be asked again, so the leaf stands in.)
        X509Certificate2Collection anchors = bundle.Chain.Count > 0 ? bundle.Chain : [bundle.Leaf];
        var trust = SslCertificateTrust.CreateForX509Collection(anchors, sendTrustInHandshake: false);
        var context = SslStreamCertificateContext.Create(bundle.Leaf, bundle.Chain, offline: true, trust);

        var wire = context.IntermediateCertificates;
        if (wire.Count != bundle.Chain.Count || wire.Zip(bundle.Chain).Any(pair => !pair.First.RawDataMemory.Span.SequenceEqual(pair.Second.RawDataMemory.Span)))
        {
            throw new InvalidOperationException(
                $"Of the {bundle.Chain.Count} certificates of the chain, {wire.Count} would be sent: they do not follow each other from issuer to issuer");
        }

        return new SslServerAuthenticationOptions
        {
            ServerCertificateContext = context,
            ApplicationProtocols = [SslApplicationProtocol.Http2, SslApplicationProtocol.Http11],
            EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
            ClientCertificateRequired = false,
            CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
            AllowRenegotiation = false,
            // No CipherSuitesPolicy: setting one turns session resumption off on Linux.
        };
    }

    private sealed record Prepared(CertificateBundle Bundle, SslServerAuthenticationOptions Options);
}
