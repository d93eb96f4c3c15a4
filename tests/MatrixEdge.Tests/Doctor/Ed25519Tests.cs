using System.Text;
using System.Text.Json;
using MatrixEdge.Doctor;
using MatrixEdge.Protocol;

namespace MatrixEdge.Tests.Doctor;

public sealed class Ed25519Tests
{
    // RFC 8032 §7.1: TEST 1, 2, 3 and SHA(abc). Secret key, public key, message, signature.
    public static TheoryData<string, string, string, string> Vectors => new()
    {
        {
            "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60", "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"
        },
        {
            "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb", "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
        },
        {
            "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7", "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
            "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"
        },
        {
            "833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42", "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
            "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
            "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17ad9bef1177331a704"
        },
    };

    [Theory]
    [MemberData(nameof(Vectors))]
    public void Takes_what_was_signed(string secret, string key, string message, string signature)
    {
        var signer = new SigningKey(Convert.FromHexString(secret));

        Assert.True(Ed25519.IsAvailable);
        Assert.Equal(key, Convert.ToHexStringLower(signer.PublicKey));
        Assert.Equal(signature, Convert.ToHexStringLower(signer.Sign(Convert.FromHexString(message))));
        Assert.True(Ed25519.Verify(Convert.FromHexString(key), Convert.FromHexString(message), Convert.FromHexString(signature)));
    }

    [Theory]
    [MemberData(nameof(Vectors))]
    public void Refuses_whatever_differs_in_one_bit(string secret, string key, string message, string signature)
    {
        _ = secret;
        foreach (var mutant in Mutants(signature))
            Assert.False(Ed25519.Verify(Convert.FromHexString(key), Convert.FromHexString(message), mutant));
        foreach (var mutant in Mutants(message))
            Assert.False(Ed25519.Verify(Convert.FromHexString(key), mutant, Convert.FromHexString(signature)));
        foreach (var mutant in Mutants(key))
            Assert.False(Ed25519.Verify(mutant, Convert.FromHexString(message), Convert.FromHexString(signature)));
    }

    [Fact]
    public void Refuses_what_is_too_short_or_too_long()
    {
        var (key, message) = (SigningKey.Create(), Encoding.UTF8.GetBytes("anything"));
        var signature = key.Sign(message);

        Assert.True(Ed25519.Verify(key.PublicKey, message, signature));
        Assert.False(Ed25519.Verify(key.PublicKey, message, signature.AsSpan(0, 63)));
        Assert.False(Ed25519.Verify(key.PublicKey, message, [.. signature, 0]));
        Assert.False(Ed25519.Verify(key.PublicKey.AsSpan(0, 31), message, signature));
        Assert.False(Ed25519.Verify([.. key.PublicKey, 0], message, signature));
        Assert.False(Ed25519.Verify([], [], []));
    }

    // Matrix appendices §Cryptographic Test Vectors.
    [Theory]
    [InlineData("""{}""", "K8280/U9SSy9IVtjBuVeLr+HpOB4BQFWbg+UZaADMtTdGYI7Geitb76LTrr5QV/7Xg4ahLwYGYZzuHGZKM5ZAQ")]
    [InlineData("""{"one":1,"signatures":{"domain":{}},"two":"Two"}""", "KqmLSbO39/Bzb0QIYE82zqLwsA+PDzYIpIRA2sRQ4sL53+sN6/fpNSoqE7BP7vBZhG6kYdD13EIMJpvhJI+6Bw")]
    public void Agrees_with_the_specifications_signed_documents(string document, string signature)
    {
        var key = new SigningKey(Convert.FromBase64String("YJDBA9Xnr2sVqXD9Vj7XVUnmFZcZrlw8Md7kMW+3XA1="));
        var signed = CanonicalJson.Write(JsonDocument.Parse(document).RootElement, "signatures", "unsigned");

        Assert.Equal(signature, SigningKey.Unpadded(key.Sign(signed)));
        Assert.True(Ed25519.Verify(key.PublicKey, signed, Convert.FromBase64String(signature + "==")));
    }

    private static IEnumerable<byte[]> Mutants(string hex)
    {
        var bytes = Convert.FromHexString(hex);
        for (var i = 0; i < bytes.Length * 8; i++)
        {
            var mutant = bytes.ToArray();
            mutant[i / 8] ^= (byte)(1 << i % 8);
            yield return mutant;
        }
    }
}
