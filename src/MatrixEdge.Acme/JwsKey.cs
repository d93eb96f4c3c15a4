using System.Buffers.Text;
using System.Security.Cryptography;

namespace MatrixEdge.Acme;

/// <summary>A key that signs requests: its algorithm (RFC 7518 §3.1), its public half in canonical form (RFC 7638 §3), and the signing.</summary>
/// <param name="Algorithm">The <c>alg</c> of the protected header.</param>
/// <param name="Jwk">The public key as JSON, members in the order of their names and without white space.</param>
/// <param name="Sign">Signs bytes. May be called by several threads at once.</param>
internal sealed record JwsKey(string Algorithm, string Jwk, Func<byte[], byte[]> Sign)
{
    /// <summary>The key of an account or of a certificate: ECDSA on P-256, P-384 or P-521, or RSA.</summary>
    /// <exception cref="ArgumentException">Another kind of key.</exception>
    public static JwsKey Of(AsymmetricAlgorithm key) => key switch
    {
        ECDsa elliptic => OfElliptic(elliptic),
        RSA rsa => OfRsa(rsa),
        _ => throw new ArgumentException("Requests can be signed with ECDSA and RSA keys only.", nameof(key)),
    };

    private static JwsKey OfElliptic(ECDsa key)
    {
        var (algorithm, curve, hash) = key.KeySize switch
        {
            256 => ("ES256", "P-256", HashAlgorithmName.SHA256),
            384 => ("ES384", "P-384", HashAlgorithmName.SHA384),
            521 => ("ES512", "P-521", HashAlgorithmName.SHA512),
            _ => throw new ArgumentException("Requests can be signed with ECDSA keys on P-256, P-384 and P-521 only.", nameof(key)),
        };
        var point = key.ExportParameters(includePrivateParameters: false).Q;
        var jwk = $$"""{"crv":"{{curve}}","kty":"EC","x":"{{Base64Url.EncodeToString(point.X)}}","y":"{{Base64Url.EncodeToString(point.Y)}}"}""";
        return new JwsKey(algorithm, jwk, data =>
        {
            // r and s side by side, each as long as the field (RFC 7518 §3.4).
            lock (key)
                return key.SignData(data, hash, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
        });
    }

    private static JwsKey OfRsa(RSA key)
    {
        var parameters = key.ExportParameters(includePrivateParameters: false);
        var jwk = $$"""{"e":"{{Base64Url.EncodeToString(parameters.Exponent)}}","kty":"RSA","n":"{{Base64Url.EncodeToString(parameters.Modulus)}}"}""";
        return new JwsKey("RS256", jwk, data =>
        {
            lock (key)
                return key.SignData(data, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        });
    }
}
