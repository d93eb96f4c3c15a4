using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace MatrixEdge.Acme.Tests.Protocol;

public sealed class JwsTests
{
    private static readonly Uri Url = new("https://ca.example/new-account");

    [Theory]
    [InlineData(256, "ES256")]
    [InlineData(384, "ES384")]
    [InlineData(521, "ES512")]
    public void Signs_so_that_the_public_key_agrees(int size, string algorithm)
    {
        using var key = ECDsa.Create(size switch { 256 => ECCurve.NamedCurves.nistP256, 384 => ECCurve.NamedCurves.nistP384, _ => ECCurve.NamedCurves.nistP521 });
        var hash = size switch { 256 => HashAlgorithmName.SHA256, 384 => HashAlgorithmName.SHA384, _ => HashAlgorithmName.SHA512 };

        var (header, signed, signature) = Open(Jws.Sign(new AcmeSigner(JwsKey.Of(key), null), Url, "abc", "{}"));

        Assert.Equal(algorithm, header.GetProperty("alg").GetString());
        Assert.Equal("abc", header.GetProperty("nonce").GetString());
        Assert.Equal(Url.AbsoluteUri, header.GetProperty("url").GetString());
        Assert.Equal("EC", header.GetProperty("jwk").GetProperty("kty").GetString());
        Assert.False(header.TryGetProperty("kid", out _));
        Assert.True(key.VerifyData(signed, signature, hash, DSASignatureFormat.IeeeP1363FixedFieldConcatenation));
    }

    [Fact]
    public void Signs_with_an_RSA_key_of_a_certificate()
    {
        using var key = RSA.Create(2048);

        var (header, signed, signature) = Open(Jws.Sign(new AcmeSigner(JwsKey.Of(key), null), Url, "abc", "{}"));

        Assert.Equal("RS256", header.GetProperty("alg").GetString());
        Assert.Equal("AQAB", header.GetProperty("jwk").GetProperty("e").GetString());
        Assert.True(key.VerifyData(signed, signature, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1));
    }

    [Fact]
    public void Names_an_account_by_its_address_and_sends_no_key()
    {
        using var key = AcmeKey.Create();

        var (header, signed, _) = Open(Jws.Sign(new AcmeSigner(key.Jws, new Uri("https://ca.example/account/1")), Url, "abc", ""));

        Assert.Equal("https://ca.example/account/1", header.GetProperty("kid").GetString());
        Assert.False(header.TryGetProperty("jwk", out _));
        Assert.EndsWith(".", Encoding.ASCII.GetString(signed));
    }

    // Computed apart from this code.
    [Theory]
    [InlineData("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8")]
    [InlineData(" AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8= ")]
    public void Binds_an_external_account_by_HMAC(string macKey)
    {
        using var key = AcmeKey.FromJwk("""
            {"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
             "d":"jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI"}
            """);

        var jws = JsonDocument.Parse(Jws.Bind(ExternalAccountBinding.FromBase64Url("kid-1", macKey), key.Jws, Url)).RootElement;

        Assert.Equal("eyJhbGciOiJIUzI1NiIsImtpZCI6ImtpZC0xIiwidXJsIjoiaHR0cHM6Ly9jYS5leGFtcGxlL25ldy1hY2NvdW50In0", jws.GetProperty("protected").GetString());
        Assert.Equal("qVxEFZoWxq7gwFG49FgJQD0SI4IEIny50cBTqlmSPJ4", jws.GetProperty("signature").GetString());
    }

    private static (JsonElement Header, byte[] Signed, byte[] Signature) Open(string text)
    {
        var jws = JsonDocument.Parse(text).RootElement;
        var first = jws.GetProperty("protected").GetString()!;
        return (
            JsonDocument.Parse(Base64Url.DecodeFromChars(first)).RootElement,
            Encoding.ASCII.GetBytes($"{first}.{jws.GetProperty("payload").GetString()}"),
            Base64Url.DecodeFromChars(jws.GetProperty("signature").GetString()));
    }
}
