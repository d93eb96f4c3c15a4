using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace MatrixEdge.Acme.Tests.Protocol;

public sealed class ChallengesTests
{
    [Theory]
    [InlineData("example.org", "_acme-challenge.example.org")]
    [InlineData("*.example.org", "_acme-challenge.example.org")]
    public void Puts_the_record_at_the_name_without_its_wildcard(string name, string record) =>
        Assert.Equal(record, Challenges.DnsRecordName(AcmeIdentifier.Of(name)));

    [Fact]
    public void Has_no_record_for_an_address() => Assert.Throws<ArgumentException>(() => Challenges.DnsRecordName(AcmeIdentifier.Of("192.0.2.1")));

    [Fact]
    public void Computes_the_value_of_the_record() =>
        Assert.Equal("lCdftpJCXapaZHkBGIZbcubeKW8RmA0jSG_aZN01zbU", Challenges.DnsRecordValue("token.thumb"));

    [Theory]
    [InlineData("example.org", "example.org")]
    [InlineData("192.0.2.1", "1.2.0.192.in-addr.arpa")]
    [InlineData("2001:db8::1", "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa")]
    public void Knows_the_server_name_of_the_handshake(string host, string name) => Assert.Equal(name, Challenges.TlsAlpnServerName(AcmeIdentifier.Of(host)));

    [Theory]
    [InlineData("example.org")]
    [InlineData("2001:db8::1")]
    public void Makes_a_certificate_that_carries_the_digest(string host)
    {
        using var certificate = Challenges.CreateTlsAlpnCertificate(AcmeIdentifier.Of(host), "token.thumb");

        var extension = certificate.Extensions.Single(extension => extension.Oid!.Value == "1.3.6.1.5.5.7.1.31");
        Assert.True(extension.Critical);
        Assert.Equal([0x04, 0x20, .. SHA256.HashData(Encoding.UTF8.GetBytes("token.thumb"))], extension.RawData);
        var names = certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>().Single();
        Assert.Equal([host], names.EnumerateDnsNames().Concat(names.EnumerateIPAddresses().Select(address => address.ToString())));
        Assert.True(certificate.HasPrivateKey);
        Assert.True(certificate.NotBefore < DateTime.Now && certificate.NotAfter > DateTime.Now);
    }

    [Theory]
    [InlineData("LoqXcYV8q5ONbJQxbmR7SCTNo3tiAXDfowyjxAjEuX0", true)]
    [InlineData("a", true)]
    [InlineData("", false)]
    [InlineData("a.b", false)]
    [InlineData("a/b", false)]
    [InlineData("ab==", false)]
    [InlineData("é", false)]
    public void Tells_a_token(string text, bool expected) => Assert.Equal(expected, Challenges.IsToken(text));

    [Fact]
    public void Takes_no_token_without_end()
    {
        Assert.True(Challenges.IsToken(new string('a', 256)));
        Assert.False(Challenges.IsToken(new string('a', 257)));
    }
}
