using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace MatrixEdge.Benchmarks.Peers;

/// <summary>
/// One P-256 certificate for <c>localhost</c> that all peers serve, with that of its issuer behind it: two on the wire, as
/// from a public authority.
/// </summary>
internal sealed class TestCertificate : IDisposable
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromDays(90);

    public TestCertificate(TemporaryFolder folder)
    {
        var begin = DateTimeOffset.UtcNow.AddHours(-1);
        using var rootKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var rootRequest = new CertificateRequest("CN=MatrixEdge benchmarks", rootKey, HashAlgorithmName.SHA256);
        rootRequest.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, true, 0, true));
        rootRequest.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        using var issuer = rootRequest.CreateSelfSigned(begin, begin + Lifetime);

        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1")], false));
        using var leaf = request.Create(issuer, begin, begin + Lifetime, RandomNumberGenerator.GetBytes(16));

        Root = X509CertificateLoader.LoadCertificate(issuer.RawData);
        RootPath = folder.File("root.pem");
        ChainPath = folder.File("fullchain.pem");
        PrivateKeyPath = folder.File("privkey.pem");
        BundlePath = folder.File("bundle.pem");
        var chain = leaf.ExportCertificatePem() + "\n" + issuer.ExportCertificatePem() + "\n";
        var privateKey = key.ExportPkcs8PrivateKeyPem() + "\n";
        File.WriteAllText(RootPath, issuer.ExportCertificatePem() + "\n");
        File.WriteAllText(ChainPath, chain);
        File.WriteAllText(PrivateKeyPath, privateKey);
        File.WriteAllText(BundlePath, chain + privateKey);
    }

    public X509Certificate2 Root { get; }

    public string RootPath { get; }

    public string ChainPath { get; }

    public string PrivateKeyPath { get; }

    /// <summary>Chain and key in one file, as HAProxy wants them.</summary>
    public string BundlePath { get; }

    public void Dispose() => Root.Dispose();
}
