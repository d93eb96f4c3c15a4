using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace MatrixEdge.Acme.Tests.Protocol;

public sealed class CertificateSigningTests
{
    public static TheoryData<string> Keys => ["P-256", "P-384", "RSA"];

    [Theory]
    [MemberData(nameof(Keys))]
    public void Asks_for_each_name_once_and_for_nothing_else(string kind)
    {
        using AsymmetricAlgorithm key = kind == "RSA" ? RSA.Create(2048) : ECDsa.Create(kind == "P-256" ? ECCurve.NamedCurves.nistP256 : ECCurve.NamedCurves.nistP384);

        var request = CertificateSigning.CreateRequest([AcmeIdentifier.Of("a.example"), AcmeIdentifier.Of("*.a.example"), AcmeIdentifier.Of("A.example."), AcmeIdentifier.Of("::1")], key);

        var read = CertificateRequest.LoadSigningRequest(
            request, kind == "P-384" ? HashAlgorithmName.SHA384 : HashAlgorithmName.SHA256, CertificateRequestLoadOptions.UnsafeLoadCertificateExtensions, RSASignaturePadding.Pkcs1);
        Assert.Equal("", read.SubjectName.Name);
        var names = Assert.IsType<X509SubjectAlternativeNameExtension>(Assert.Single(read.CertificateExtensions));
        Assert.Equal(["a.example", "*.a.example"], names.EnumerateDnsNames());
        Assert.Equal(["::1"], names.EnumerateIPAddresses().Select(address => address.ToString()));
    }

    [Fact]
    public void Asks_for_nothing_without_a_name()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

        Assert.Throws<ArgumentException>(() => CertificateSigning.CreateRequest([], key));
        Assert.Throws<ArgumentException>(() => CertificateSigning.CreateRequest([new AcmeIdentifier("email", "a@example.org")], key));
    }

    // The example of RFC 9773 §4.1; the zero in front of the serial number belongs to it.
    [Fact]
    public void Names_a_certificate_as_RFC_9773_does()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=example", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromSubjectKeyIdentifier(Convert.FromHexString("69885B6B87464041E1B37B847BA0AE2CDE01C8D4")));
        using var certificate = request.Create(
            new X500DistinguishedName("CN=issuer"), X509SignatureGenerator.CreateForECDsa(key), DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddDays(1), Convert.FromHexString("0087654321"));

        Assert.Equal("aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE", AcmeRenewalInfo.CertificateId(certificate));
    }

    [Fact]
    public void Has_no_name_for_a_certificate_without_its_issuers_key()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = new CertificateRequest("CN=self", key, HashAlgorithmName.SHA256).CreateSelfSigned(DateTimeOffset.UtcNow, DateTimeOffset.UtcNow.AddDays(1));

        Assert.Null(AcmeRenewalInfo.FindCertificateId(certificate));
        Assert.Throws<ArgumentException>(() => AcmeRenewalInfo.CertificateId(certificate));
    }
}
