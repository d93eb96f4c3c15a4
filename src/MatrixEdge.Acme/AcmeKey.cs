using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace MatrixEdge.Acme;

/// <summary>The key of an account: ES256, which is ECDSA on P-256 (RFC 7518 §3.4). May be used by several threads at once.</summary>
public sealed class AcmeKey : IDisposable
{
    private const string NistP256 = "1.2.840.10045.3.1.7";
    private const int FieldLength = 32;
    private readonly JwsKey jws;
    private readonly ECDsa key;

    private AcmeKey(ECDsa key)
    {
        this.key = key;
        jws = JwsKey.Of(key);
        Thumbprint = Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(jws.Jwk)));
    }

    /// <summary>The key's name (RFC 7638): the SHA-256 of its public half in canonical form, as base64url. Not a secret.</summary>
    public string Thumbprint { get; }

    internal JwsKey Jws => jws;

    /// <summary>A new key.</summary>
    public static AcmeKey Create() => new(ECDsa.Create(ECCurve.NamedCurves.nistP256));

    /// <summary>Reads a key: PKCS#8 (<c>BEGIN PRIVATE KEY</c>) or SEC 1 (<c>BEGIN EC PRIVATE KEY</c>), not encrypted.</summary>
    /// <exception cref="CryptographicException">It is not a private key on P-256; the message says what is wrong and repeats nothing of it.</exception>
    public static AcmeKey FromPem(string pem)
    {
        ArgumentNullException.ThrowIfNull(pem);
        if (pem.Contains("ENCRYPTED", StringComparison.Ordinal))
            throw new CryptographicException("The account key is encrypted with a passphrase; decrypt it first (openssl pkey -in KEY -out PLAIN).");
        if (pem.Contains("BEGIN RSA PRIVATE KEY", StringComparison.Ordinal))
            throw NotP256("an RSA key");

        var key = ECDsa.Create();
        try
        {
            key.ImportFromPem(pem);
            var parameters = key.ExportParameters(includePrivateParameters: true);
            CryptographicOperations.ZeroMemory(parameters.D);
            return parameters.Curve.IsNamed && parameters.Curve.Oid.Value == NistP256 ? new AcmeKey(key) : throw NotP256("a key on another curve");
        }
        catch (Exception exception)
        {
            key.Dispose();
            if (exception is NotP256Exception)
                throw;

            // The framework's words are about ASN.1, and its exception types vary with what is wrong.
            throw new CryptographicException(
                "The account key cannot be read; it must be an ECDSA key on P-256 in PEM, with a line like -----BEGIN PRIVATE KEY-----.", exception);
        }
    }

    /// <summary>Reads a key as certbot keeps it (<c>private_key.json</c>): a JSON Web Key with <c>kty</c>, <c>crv</c>, <c>x</c>, <c>y</c>, <c>d</c> (RFC 7518 §6.2).</summary>
    /// <exception cref="CryptographicException">It is not a private key on P-256; the message says what is wrong and repeats nothing of it.</exception>
    public static AcmeKey FromJwk(string json)
    {
        ArgumentNullException.ThrowIfNull(json);
        try
        {
            using var document = JsonDocument.Parse(json);
            var jwk = document.RootElement;
            if (Text(jwk, "kty") is not "EC" and var kind)
                throw NotP256(kind is "RSA" ? "an RSA key" : "not an EC key");
            if (Text(jwk, "crv") is not "P-256")
                throw NotP256("a key on another curve");
            return FromNumbers(Number(jwk, "x"), Number(jwk, "y"), Number(jwk, "d"));
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or FormatException)
        {
            throw new CryptographicException("The account key cannot be read; it must be a JSON Web Key with kty, crv, x, y and d.", exception);
        }
    }

    /// <summary>The key in PKCS#8, as PEM. A secret: store it where nobody else reads.</summary>
    public string ToPem() => key.ExportPkcs8PrivateKeyPem();

    /// <summary>What answers a challenge with this token (RFC 8555 §8.1).</summary>
    /// <exception cref="ArgumentException">This is no token: it has other characters than base64url, or more than 256.</exception>
    public string KeyAuthorization(string token) =>
        Challenges.IsToken(token) ? $"{token}.{Thumbprint}" : throw new ArgumentException("The challenge's token is not base64url.", nameof(token));

    /// <summary>The thumbprint; nothing secret.</summary>
    public override string ToString() => $"account key {Thumbprint}";

    /// <inheritdoc/>
    public void Dispose() => key.Dispose();

    private static AcmeKey FromNumbers(byte[] x, byte[] y, byte[] d)
    {
        var key = ECDsa.Create();
        try
        {
            // The public point is computed, so that a file whose halves do not belong together is found out here.
            key.ImportParameters(new ECParameters { Curve = ECCurve.NamedCurves.nistP256, D = d });
            var point = key.ExportParameters(includePrivateParameters: false).Q;
            return point.X.AsSpan().SequenceEqual(x) && point.Y.AsSpan().SequenceEqual(y)
                ? new AcmeKey(key)
                : throw new CryptographicException("The account key's private half does not belong to its public half.");
        }
        catch (CryptographicException)
        {
            key.Dispose();
            throw;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(d);
        }
    }

    private static string? Text(JsonElement jwk, string name) =>
        jwk.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    // Some programs leave out leading zeros (RFC 7518 §6.2.1.2 forbids it).
    private static byte[] Number(JsonElement jwk, string name)
    {
        var digits = Base64Url.DecodeFromChars(Text(jwk, name) ?? throw new FormatException($"{name} is missing"));
        if (digits.Length > FieldLength)
            throw new FormatException($"{name} is too long");

        var number = new byte[FieldLength];
        digits.CopyTo(number.AsSpan(FieldLength - digits.Length));
        CryptographicOperations.ZeroMemory(digits);
        return number;
    }

    private static NotP256Exception NotP256(string found) =>
        new($"The account key is {found}; only ECDSA keys on P-256 can be used. Make a new account instead of taking this one along.");

    private sealed class NotP256Exception(string message) : CryptographicException(message);
}
