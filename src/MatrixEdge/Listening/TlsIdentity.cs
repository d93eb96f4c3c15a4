using System.Collections.Immutable;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using MatrixEdge.Listening.Tls;

namespace MatrixEdge.Listening;

/// <summary>
/// What a server shows of itself in handshakes: a certificate with its key, what follows it on the wire, and the protocols to be agreed on
/// (ALPN, RFC 7301). A session is resumed with the identity that it began with, and with no other.
/// </summary>
internal sealed class TlsIdentity
{
    private readonly Lazy<SslServerAuthenticationOptions> options;

    private TlsIdentity(CertificateBundle bundle, ImmutableArray<SslApplicationProtocol> protocols, bool mayResume)
    {
        (Bundle, Protocols, MayResume) = (bundle, protocols, mayResume);
        options = new(MakeOptions);
        if (!TlsTermination.IsOwn)
            _ = options.Value; // what it does not take is told now
    }

    public CertificateBundle Bundle { get; }

    /// <summary>What is preferred stands first.</summary>
    public ImmutableArray<SslApplicationProtocol> Protocols { get; }

    /// <summary>Whether clients get tickets, and with one a shorter handshake the next time.</summary>
    public bool MayResume { get; }

    /// <summary>The same for the framework's own TLS.</summary>
    public SslServerAuthenticationOptions Options => options.Value;

    /// <summary>For HTTP.</summary>
    /// <exception cref="InvalidOperationException">The certificates do not follow each other from issuer to issuer.</exception>
    public static TlsIdentity Of(CertificateBundle bundle)
    {
        // By names and identifiers of keys. A chain that the framework builds would read all of the system's roots first.
        var last = bundle.Leaf;
        foreach (var issuer in bundle.Chain)
        {
            if (!last.IssuerName.RawData.AsSpan().SequenceEqual(issuer.SubjectName.RawData) || IssuerKey.IsOf(last, issuer) == false)
                throw new InvalidOperationException($"\"{issuer.Subject}\" is not the issuer of \"{last.Subject}\", which stands in front of it");
            last = issuer;
        }

        return new TlsIdentity(bundle, [SslApplicationProtocol.Http2, SslApplicationProtocol.Http11], mayResume: true);
    }

    /// <summary>For an authority that looks whether this server answers for a name (RFC 8737 §3).</summary>
    public static TlsIdentity OfChallenge(X509Certificate2 certificate) =>
        new(new CertificateBundle(certificate, []), [TlsAlpnChallenges.Protocol], mayResume: false);

    private SslServerAuthenticationOptions MakeOptions()
    {
        // With the host's trust store in play, certificates whose subject the host happens to trust are left out of the
        // chain (Let's Encrypt's X2-by-X1), and older phones then fail. Trusting exactly the chain sends exactly the chain.
        // (With an empty collection the host's store would be asked again, so the leaf stands in.)
        X509Certificate2Collection anchors = Bundle.Chain.Count > 0 ? Bundle.Chain : [Bundle.Leaf];
        var trust = SslCertificateTrust.CreateForX509Collection(anchors, sendTrustInHandshake: false);
        var context = SslStreamCertificateContext.Create(Bundle.Leaf, Bundle.Chain, offline: true, trust);

        var wire = context.IntermediateCertificates;
        if (wire.Count != Bundle.Chain.Count || wire.Zip(Bundle.Chain).Any(pair => !pair.First.RawDataMemory.Span.SequenceEqual(pair.Second.RawDataMemory.Span)))
            throw new InvalidOperationException($"Of the {Bundle.Chain.Count} certificates of the chain, {wire.Count} would be sent");

        return new SslServerAuthenticationOptions
        {
            ServerCertificateContext = context,
            ApplicationProtocols = [.. Protocols],
            EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
            ClientCertificateRequired = false,
            CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
            AllowRenegotiation = false,
            AllowTlsResume = MayResume,
            // No CipherSuitesPolicy: for the framework's own TLS, setting one turns session resumption off on Linux.
        };
    }
}
