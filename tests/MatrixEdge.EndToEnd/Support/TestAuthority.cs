using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace MatrixEdge.EndToEnd.Support;

/// <summary>
/// A certificate authority for this run: a root, an intermediate, and one certificate below it, as files in PEM. Who trusts the root alone sees whether the gateway sends the whole chain.
/// </summary>
internal sealed class TestAuthority : IDisposable
{
    /// <param name="hosts">The names in the certificate; <c>localhost</c> and its addresses when none are given.</param>
    public TestAuthority(string directory, params string[] hosts)
    {
        var begin = DateTimeOffset.UtcNow.AddHours(-1);
        var end = begin.AddDays(30);

        using var rootKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        Root = Authority("CN=MatrixEdge end-to-end root", rootKey).CreateSelfSigned(begin, end);

        using var middleKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var middle = Authority("CN=MatrixEdge end-to-end intermediate", middleKey).Create(Root, begin, end, Serial());
        using var middleWithKey = middle.CopyWithPrivateKey(middleKey);

        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=MatrixEdge end-to-end", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        foreach (var host in hosts.DefaultIfEmpty("localhost"))
            names.AddDnsName(host);
        if (hosts.Length == 0)
        {
            names.AddIpAddress(IPAddress.Loopback);
            names.AddIpAddress(IPAddress.IPv6Loopback);
        }

        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1")], false));
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(middle, true, false));
        using var leaf = request.Create(middleWithKey, begin, end, Serial());

        RootPath = Path.Combine(directory, "root.pem");
        CertificatePath = Path.Combine(directory, "fullchain.pem");
        PrivateKeyPath = Path.Combine(directory, "privkey.pem");
        File.WriteAllText(RootPath, Root.ExportCertificatePem() + "\n");
        File.WriteAllText(CertificatePath, leaf.ExportCertificatePem() + "\n" + middle.ExportCertificatePem() + "\n");
        File.WriteAllText(PrivateKeyPath, key.ExportPkcs8PrivateKeyPem() + "\n");
    }

    public X509Certificate2 Root { get; }

    public string RootPath { get; }

    public string CertificatePath { get; }

    public string PrivateKeyPath { get; }

    /// <summary>A new place on <c>localhost</c> for a gateway that reads its certificate from these files.</summary>
    public GatewayPlace Place() => new() { Certificate = new { Source = "Files", CertificatePath, PrivateKeyPath }, Root = Root };

    /// <summary>Trusts this root and no other.</summary>
    public SslClientAuthenticationOptions Trust() => Trust(Root, "localhost");

    /// <summary>Trusts that root and no other.</summary>
    public static SslClientAuthenticationOptions Trust(X509Certificate2 root, string host) => new()
    {
        TargetHost = host,
        CertificateChainPolicy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            CustomTrustStore = { root },
            RevocationMode = X509RevocationMode.NoCheck,
        },
    };

    public void Dispose() => Root.Dispose();

    private static CertificateRequest Authority(string name, ECDsa key)
    {
        var request = new CertificateRequest(name, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        return request;
    }

    private static byte[] Serial()
    {
        var serial = RandomNumberGenerator.GetBytes(16);
        serial[0] &= 0x7f;
        serial[0] |= 0x40;
        return serial;
    }
}
