using System.Buffers;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace MatrixEdge.Acme;

/// <summary>Signed requests: JSON Web Signatures in flattened form (RFC 7515 §7.2.2, RFC 8555 §6.2).</summary>
internal static class Jws
{
    /// <summary>Signs a request.</summary>
    /// <param name="signer">Who signs.</param>
    /// <param name="url">Where it goes; signed, too (RFC 8555 §6.4).</param>
    /// <param name="nonce">Against repetition (RFC 8555 §6.5); null in the inner signature of a key change.</param>
    /// <param name="payload">JSON, or nothing for POST-as-GET.</param>
    public static string Sign(AcmeSigner signer, Uri url, string? nonce, string payload)
    {
        var header = Json(json =>
        {
            json.WriteString("alg", signer.Key.Algorithm);
            if (signer.Account is not null)
            {
                json.WriteString("kid", signer.Account.AbsoluteUri);
            }
            else
            {
                json.WritePropertyName("jwk");
                json.WriteRawValue(signer.Key.Jwk);
            }

            if (nonce is not null)
                json.WriteString("nonce", nonce);
            json.WriteString("url", url.AbsoluteUri);
        });
        return Flatten(header, payload, signer.Key.Sign);
    }

    /// <summary>The binding of a new account's key to an external account (RFC 8555 §7.3.4).</summary>
    public static string Bind(ExternalAccountBinding binding, JwsKey key, Uri newAccount)
    {
        var header = Json(json =>
        {
            json.WriteString("alg", "HS256");
            json.WriteString("kid", binding.KeyId);
            json.WriteString("url", newAccount.AbsoluteUri);
        });
        return Flatten(header, key.Jwk, data => HMACSHA256.HashData(binding.Key, data));
    }

    /// <summary>A JSON object.</summary>
    public static string Json(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    /// <summary>base64url without padding (RFC 7515 §2).</summary>
    public static string Encode(ReadOnlySpan<byte> bytes) => Base64Url.EncodeToString(bytes);

    private static string Flatten(string header, string payload, Func<byte[], byte[]> sign)
    {
        var first = Encode(Encoding.UTF8.GetBytes(header));
        var second = Encode(Encoding.UTF8.GetBytes(payload));
        var signature = sign(Encoding.ASCII.GetBytes($"{first}.{second}"));
        return Json(json =>
        {
            json.WriteString("protected", first);
            json.WriteString("payload", second);
            json.WriteString("signature", Encode(signature));
        });
    }
}
