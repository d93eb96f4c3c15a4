using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace MatrixEdge.Acme.Tests.Support;

/// <summary>
/// Who vouches for the addresses of the certificate authorities under test: one root for everything that this test run
/// starts, so that a gateway that trusts it can be given two authorities, or one behind a proxy. It issues nothing else; the
/// certificates that Pebble issues come from roots of Pebble's own.
/// </summary>
internal static class ListenerAuthority
{
    /// <summary>Wide enough for tests that move the clock by years.</summary>
    private static readonly TimeSpan Validity = TimeSpan.FromDays(3650);

    private static readonly Lazy<X509Certificate2> LazyRoot = new(CreateRoot);

    public static X509Certificate2 Root => LazyRoot.Value;

    public static string RootPem => Root.ExportCertificatePem() + "\n";

    /// <summary>A certificate, with its key, for <c>localhost</c>, <c>127.0.0.1</c> and <c>::1</c>.</summary>
    public static X509Certificate2 Issue()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1")], critical: false));
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(Root, true, false));
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        names.AddIpAddress(IPAddress.Loopback);
        names.AddIpAddress(IPAddress.IPv6Loopback);
        request.CertificateExtensions.Add(names.Build());
        using var unkeyed = request.Create(Root, Root.NotBefore, Root.NotAfter, RandomNumberGenerator.GetBytes(12));
        return unkeyed.CopyWithPrivateKey(key);
    }

    /// <summary>A client that trusts this root and nothing else, and follows no redirect.</summary>
    public static HttpClient Client() => new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        UseProxy = false,
        SslOptions = new()
        {
            CertificateChainPolicy = new X509ChainPolicy
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                CustomTrustStore = { Root },
                RevocationMode = X509RevocationMode.NoCheck,
                DisableCertificateDownloads = true,
            },
        },
    })
    {
        Timeout = TimeSpan.FromSeconds(30),
        DefaultRequestHeaders = { { "User-Agent", "MatrixEdge-tests" } }, // Pebble refuses requests without one.
    };

    private static X509Certificate2 CreateRoot()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=Addresses of test authorities", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, true, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        return request.CreateSelfSigned(DateTimeOffset.UtcNow - Validity, DateTimeOffset.UtcNow + Validity);
    }
}
