using System.Buffers.Text;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace MatrixEdge.Acme.Tests.Support;

/// <summary>
/// Signs, in place of a Pebble, what was last requested of it through a proxy: with other dates, names, keys and chains than
/// any Pebble would. For <c>proxy.On(AcmeRequest.Certificate).WithBody(_ => issuer.Issue(…))</c>.
/// </summary>
internal sealed class OwnIssuer(FaultProxy proxy)
{
    private static readonly DateTimeOffset Begin = DateTimeOffset.UtcNow - TimeSpan.FromDays(365);

    private readonly (X509Certificate2 Certificate, ECDsa Key) root = Authority("CN=Own Root", null, Begin + TimeSpan.FromDays(3650));

    /// <summary>How long what it signs is valid.</summary>
    public TimeSpan Life { get; set; } = TimeSpan.FromDays(90);

    /// <summary>When what it signs begins to be valid; null: now.</summary>
    public Func<DateTimeOffset>? NotBefore { get; set; }

    /// <summary>The names; null: those that were requested.</summary>
    public string[]? Names { get; set; }

    /// <summary>What the key is for; null: servers.</summary>
    public string Usage { get; set; } = "1.3.6.1.5.5.7.3.1";

    /// <summary>Whether another key is in it than was requested.</summary>
    public bool IsForOtherKey { get; set; }

    /// <summary>Whether another intermediate than the one that stands in the chain has signed, which has the same name.</summary>
    public bool IsSignedByNamesake { get; set; }

    /// <summary>When the intermediate expires.</summary>
    public DateTimeOffset IntermediateNotAfter { get; set; } = Begin + TimeSpan.FromDays(3000);

    /// <summary>The leaf and its intermediate, in PEM.</summary>
    public string Issue()
    {
        var csr = Base64Url.DecodeFromChars(proxy.Requests.Last(request => request.Kind == AcmeRequest.Finalize && request.Payload is not null).Payload!.Value.GetProperty("csr").GetString());
        var wanted = CertificateRequest.LoadSigningRequest(csr, HashAlgorithmName.SHA256, CertificateRequestLoadOptions.UnsafeLoadCertificateExtensions);
        var intermediate = Authority("CN=Own Intermediate", root, IntermediateNotAfter);
        var signer = IsSignedByNamesake ? Authority("CN=Own Intermediate", root, IntermediateNotAfter) : intermediate;

        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(new X500DistinguishedName(""), IsForOtherKey ? new PublicKey(other) : wanted.PublicKey, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(NamesFor(wanted));
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(Usage)], false));
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(intermediate.Certificate, true, false));
        var notBefore = NotBefore?.Invoke() ?? DateTimeOffset.UtcNow;
        using var leaf = request.Create(
            intermediate.Certificate.SubjectName, X509SignatureGenerator.CreateForECDsa(signer.Key), notBefore, notBefore + Life, RandomNumberGenerator.GetBytes(12));
        return leaf.ExportCertificatePem() + "\n" + intermediate.Certificate.ExportCertificatePem() + "\n";
    }

    private X509Extension NamesFor(CertificateRequest wanted)
    {
        if (Names is null)
            return wanted.CertificateExtensions.Single(extension => extension.Oid?.Value == "2.5.29.17");

        var names = new SubjectAlternativeNameBuilder();
        foreach (var name in Names)
            names.AddDnsName(name);
        return names.Build(critical: true);
    }

    private static (X509Certificate2 Certificate, ECDsa Key) Authority(string name, (X509Certificate2 Certificate, ECDsa Key)? issuer, DateTimeOffset notAfter)
    {
        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(name, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        return issuer is { } above
            ? (request.Create(above.Certificate.SubjectName, X509SignatureGenerator.CreateForECDsa(above.Key), Begin, notAfter, RandomNumberGenerator.GetBytes(12)), key)
            : (request.CreateSelfSigned(Begin, notAfter), key);
    }
}
