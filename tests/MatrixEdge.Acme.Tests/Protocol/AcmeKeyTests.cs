using System.Security.Cryptography;

namespace MatrixEdge.Acme.Tests.Protocol;

public sealed class AcmeKeyTests
{
    // The key of RFC 7515, appendix A.3; the thumbprint was computed apart from this code.
    private const string Known = """
        {"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
         "d":"jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI"}
        """;

    [Fact]
    public void Has_the_thumbprint_of_RFC_7638()
    {
        using var key = AcmeKey.FromJwk(Known);

        Assert.Equal("oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U", key.Thumbprint);
        Assert.Equal("some-token.oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U", key.KeyAuthorization("some-token"));
    }

    [Fact]
    public void Is_the_same_after_being_stored()
    {
        using var key = AcmeKey.Create();
        using var again = AcmeKey.FromPem(key.ToPem());

        Assert.StartsWith("-----BEGIN PRIVATE KEY-----", key.ToPem());
        Assert.Equal(key.Thumbprint, again.Thumbprint);
    }

    [Fact]
    public void Reads_what_OpenSSL_writes_for_elliptic_curves()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

        using var read = AcmeKey.FromPem(key.ExportECPrivateKeyPem());
        using var expected = AcmeKey.FromPem(key.ExportPkcs8PrivateKeyPem());

        Assert.Equal(expected.Thumbprint, read.Thumbprint);
    }

    [Fact]
    public void Refuses_what_is_no_key_on_P256_and_says_so()
    {
        using var rsa = RSA.Create(2048);
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

        Assert.Contains("RSA", Refusal(() => AcmeKey.FromPem(rsa.ExportRSAPrivateKeyPem())));
        Assert.Contains("P-256", Refusal(() => AcmeKey.FromPem(rsa.ExportPkcs8PrivateKeyPem())));
        Assert.Contains("another curve", Refusal(() => AcmeKey.FromPem(other.ExportPkcs8PrivateKeyPem())));
        Assert.Contains("P-256", Refusal(() => AcmeKey.FromPem(key.ExportSubjectPublicKeyInfoPem())));
        Assert.Contains("passphrase", Refusal(() => AcmeKey.FromPem(key.ExportEncryptedPkcs8PrivateKeyPem("secret", new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 1000)))));
        Assert.Contains("BEGIN PRIVATE KEY", Refusal(() => AcmeKey.FromPem("")));
        Assert.Contains("BEGIN PRIVATE KEY", Refusal(() => AcmeKey.FromPem("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----")));
    }

    [Theory]
    [InlineData("""{"kty":"RSA","n":"AQAB","e":"AQAB"}""", "RSA")]
    [InlineData("""{"kty":"EC","crv":"P-384","x":"AA","y":"AA","d":"AA"}""", "another curve")]
    [InlineData("""{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}""", "JSON Web Key")]
    [InlineData("""{"kty":"EC","crv":"P-256","x":"AA","y":"AA","d":"jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI"}""", "does not belong")]
    [InlineData("""{"kty":"EC","crv":"P-256","x":"A A!","y":"AA","d":"AA"}""", "JSON Web Key")]
    [InlineData("""{"kty":"EC","crv":"P-256","x":"AA","y":"AA","d":"AAAA"}""", null)]
    [InlineData("[]", "JSON Web Key")]
    [InlineData("nonsense", "JSON Web Key")]
    public void Refuses_a_JSON_Web_Key_that_cannot_be_used(string json, string? words)
    {
        var message = Refusal(() => AcmeKey.FromJwk(json));

        Assert.Contains(words ?? "", message);
        Assert.DoesNotContain("jpsQnnGQmL", message);
    }

    [Theory]
    [InlineData("")]
    [InlineData("../../etc/passwd")]
    [InlineData("a b")]
    [InlineData("ü")]
    public void Answers_no_token_that_is_none(string token)
    {
        using var key = AcmeKey.Create();

        Assert.Throws<ArgumentException>(() => key.KeyAuthorization(token));
    }

    [Fact]
    public void Is_not_shown_by_accident()
    {
        using var key = AcmeKey.FromJwk(Known);

        Assert.Equal($"account key {key.Thumbprint}", key.ToString());
        Assert.DoesNotContain("AAEC", new ExternalAccountBinding("kid-1", [0, 1, 2, 3]).ToString());
        Assert.DoesNotContain("s3cret", Assert.Throws<ArgumentException>(() => ExternalAccountBinding.FromBase64Url("kid-1", "s3cret!")).Message);
    }

    private static string Refusal(Func<AcmeKey> read) => Assert.ThrowsAny<CryptographicException>(() => read().Dispose()).Message;
}
