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

    private readonly DateTimeOffset begin = DateTimeOffset.UtcNow.AddHours(-1);
    private readonly ECDsa rootKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public TestCertificate(TemporaryFolder folder)
    {
        var request = new CertificateRequest("CN=MatrixEdge benchmarks", rootKey, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, true, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        Root = request.CreateSelfSigned(begin, begin + Lifetime);

        RootPath = folder.File("root.pem");
        ChainPath = folder.File("fullchain.pem");
        PrivateKeyPath = folder.File("privkey.pem");
        BundlePath = folder.File("bundle.pem");
        var (chain, privateKey) = Issue("localhost", "*.localhost");
        File.WriteAllText(RootPath, Root.ExportCertificatePem() + "\n");
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

    /// <summary>Another certificate of the same issuer, with a key of its own, as PEM.</summary>
    public (string Chain, string PrivateKey) Issue(params string[] names)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={names[0]}", key, HashAlgorithmName.SHA256);
        var alternatives = new SubjectAlternativeNameBuilder();
        foreach (var name in names)
            alternatives.AddDnsName(name);
        request.CertificateExtensions.Add(alternatives.Build());
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1")], false));
        using var leaf = request.Create(Root, begin, begin + Lifetime, RandomNumberGenerator.GetBytes(16));
        return (leaf.ExportCertificatePem() + "\n" + Root.ExportCertificatePem() + "\n", key.ExportPkcs8PrivateKeyPem() + "\n");
    }

    public void Dispose()
    {
        Root.Dispose();
        rootKey.Dispose();
    }
}
