using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace MatrixEdge.Tests.Support;

/// <summary>A certificate authority for tests: a root, intermediates, and leaves with their chain as PEM.</summary>
internal sealed class TestAuthority
{
    private readonly X509Certificate2 root;
    private readonly List<X509Certificate2> intermediates = [];

    /// <param name="lifetime">Of the authority itself; ten years unless simulated time needs more.</param>
    /// <param name="name">Of two that meet in a test, each needs its own.</param>
    public TestAuthority(int intermediateCount = 1, TimeSpan? lifetime = null, string name = "Test")
    {
        var issuer = root = Create($"CN={name} Root", issuer: null, isAuthority: true, lifetime);
        for (var i = 1; i <= intermediateCount; i++)
            intermediates.Insert(0, issuer = Create($"CN={name} Intermediate {i}", issuer, isAuthority: true, lifetime));
    }

    public X509Certificate2 Root => root;

    /// <summary>From the leaf's issuer up, without the root.</summary>
    public IReadOnlyList<X509Certificate2> Intermediates => intermediates;

    public Issued Issue(params string[] names) => Issue(TimeSpan.FromDays(90), names);

    public Issued Issue(TimeSpan lifetime, params string[] names)
    {
        var leaf = Create("CN=" + names[0], intermediates.Count > 0 ? intermediates[0] : root, isAuthority: false, lifetime, names);
        return new Issued(leaf, [.. intermediates]);
    }

    /// <summary>Valid from and until these moments.</summary>
    public Issued IssueAt(DateTimeOffset begin, DateTimeOffset end, params string[] names) =>
        new(Create("CN=" + names[0], intermediates.Count > 0 ? intermediates[0] : root, isAuthority: false, end - DateTimeOffset.UtcNow, names, begin), [.. intermediates]);

    private static X509Certificate2 Create(
        string subject, X509Certificate2? issuer, bool isAuthority, TimeSpan? lifetime = null, string[]? names = null, DateTimeOffset? notBefore = null)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(subject, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(isAuthority, false, 0, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        if (names is not null)
        {
            var subjects = new SubjectAlternativeNameBuilder();
            foreach (var name in names)
            {
                if (IPAddress.TryParse(name, out var address))
                    subjects.AddIpAddress(address);
                else
                    subjects.AddDnsName(name);
            }

            request.CertificateExtensions.Add(subjects.Build());
        }

        var end = DateTimeOffset.UtcNow + (lifetime ?? TimeSpan.FromDays(3650));
        var begin = notBefore ?? end - TimeSpan.FromDays(90);
        if (isAuthority)
            begin = DateTimeOffset.UtcNow.AddDays(-3650);
        if (issuer is null)
            return request.CreateSelfSigned(begin, end);

        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(issuer, true, false));
        if (begin < issuer.NotBefore)
            begin = issuer.NotBefore;
        if (end > issuer.NotAfter)
            end = issuer.NotAfter;
        using var unkeyed = request.Create(issuer, begin, end, RandomNumberGenerator.GetBytes(12));
        return unkeyed.CopyWithPrivateKey(key);
    }

    internal sealed record Issued(X509Certificate2 Leaf, IReadOnlyList<X509Certificate2> Chain)
    {
        public string Serial => Leaf.SerialNumber;

        public string CertificatePem => Leaf.ExportCertificatePem() + "\n" + string.Join("\n", Chain.Select(certificate => certificate.ExportCertificatePem())) + "\n";

        public string KeyPem => Leaf.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem() + "\n";

        public void WriteTo(TemporaryFolder folder)
        {
            File.WriteAllText(folder.File("fullchain.pem"), CertificatePem);
            File.WriteAllText(folder.File("privkey.pem"), KeyPem);
        }
    }
}
