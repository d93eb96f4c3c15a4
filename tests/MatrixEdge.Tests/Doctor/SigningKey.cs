using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using MatrixEdge.Protocol;

namespace MatrixEdge.Tests.Doctor;

/// <summary>A homeserver's key: Ed25519, by the same library of the system's with which the doctor verifies.</summary>
internal sealed class SigningKey
{
    // OpenSSL obj_mac.h: NID_ED25519.
    private const int KeyType = 1087;

    private readonly byte[] seed;

    /// <param name="seed">32 octets: the private key of RFC 8032 §5.1.5.</param>
    public SigningKey(byte[] seed, string id = "ed25519:auto")
    {
        (this.seed, Id) = (seed, id);
        var key = EVP_PKEY_new_raw_private_key(KeyType, 0, seed, (nuint)seed.Length);
        PublicKey = new byte[32];
        nuint length = 32;
        Assert.Equal(1, EVP_PKEY_get_raw_public_key(key, PublicKey, ref length));
        EVP_PKEY_free(key);
    }

    public string Id { get; }

    public byte[] PublicKey { get; }

    public static SigningKey Create() => new(RandomNumberGenerator.GetBytes(32));

    public byte[] Sign(byte[] message)
    {
        var key = EVP_PKEY_new_raw_private_key(KeyType, 0, seed, (nuint)seed.Length);
        var context = EVP_MD_CTX_new();
        try
        {
            var signature = new byte[64];
            nuint length = 64;
            Assert.Equal(1, EVP_DigestSignInit(context, 0, 0, 0, key));
            Assert.Equal(1, EVP_DigestSign(context, signature, ref length, message, (nuint)message.Length));
            return signature;
        }
        finally
        {
            EVP_MD_CTX_free(context);
            EVP_PKEY_free(key);
        }
    }

    /// <summary>The answer to <c>/_matrix/key/v2/server</c>, signed.</summary>
    /// <param name="change">What to change before it is signed.</param>
    public string Document(string serverName, DateTimeOffset validUntil, Action<JsonObject>? change = null)
    {
        var document = new JsonObject
        {
            ["server_name"] = serverName,
            ["valid_until_ts"] = validUntil.ToUnixTimeMilliseconds(),
            ["verify_keys"] = new JsonObject { [Id] = new JsonObject { ["key"] = Unpadded(PublicKey) } },
            ["old_verify_keys"] = new JsonObject(),
        };
        change?.Invoke(document);
        document["signatures"] = new JsonObject { [serverName] = new JsonObject { [Id] = Unpadded(Sign(Canonical(document))) } };
        return document.ToJsonString();
    }

    /// <summary>Matrix appendices §Unpadded Base64.</summary>
    public static string Unpadded(byte[] bytes) => Convert.ToBase64String(bytes).TrimEnd('=');

    private static byte[] Canonical(JsonObject document) => CanonicalJson.Write(JsonDocument.Parse(Encoding.UTF8.GetBytes(document.ToJsonString())).RootElement, "signatures");

    [DllImport("libcrypto.so.3")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern nint EVP_PKEY_new_raw_private_key(int type, nint engine, byte[] key, nuint length);

    [DllImport("libcrypto.so.3")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int EVP_PKEY_get_raw_public_key(nint key, byte[] bytes, ref nuint length);

    [DllImport("libcrypto.so.3")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern void EVP_PKEY_free(nint key);

    [DllImport("libcrypto.so.3")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern nint EVP_MD_CTX_new();

    [DllImport("libcrypto.so.3")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern void EVP_MD_CTX_free(nint context);

    [DllImport("libcrypto.so.3")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int EVP_DigestSignInit(nint context, nint keyContext, nint digest, nint engine, nint key);

    [DllImport("libcrypto.so.3")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int EVP_DigestSign(nint context, byte[] signature, ref nuint signatureLength, byte[] message, nuint length);
}
