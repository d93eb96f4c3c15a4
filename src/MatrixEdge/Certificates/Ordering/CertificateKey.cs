using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MatrixEdge.Configuration;

namespace MatrixEdge.Certificates.Ordering;

/// <summary>Private keys of certificates: a new one for each, never used again.</summary>
internal static class CertificateKey
{
    private const int RsaBits = 2048;

    public static string NewPem(CertificateKeyAlgorithm algorithm)
    {
        using AsymmetricAlgorithm key = algorithm switch
        {
            CertificateKeyAlgorithm.ES384 => ECDsa.Create(ECCurve.NamedCurves.nistP384),
            CertificateKeyAlgorithm.RS256 => RSA.Create(RsaBits),
            _ => ECDsa.Create(ECCurve.NamedCurves.nistP256),
        };
        return key.ExportPkcs8PrivateKeyPem();
    }

    /// <exception cref="CryptographicException">It is no key of a kind that is used here.</exception>
    public static AsymmetricAlgorithm FromPem(string pem)
    {
        AsymmetricAlgorithm key = ECDsa.Create();
        try
        {
            key.ImportFromPem(pem);
            return key;
        }
        catch (Exception exception) when (exception is CryptographicException or ArgumentException)
        {
            key.Dispose();
        }

        key = RSA.Create();
        try
        {
            key.ImportFromPem(pem);
            return key;
        }
        catch (ArgumentException exception)
        {
            key.Dispose();
            throw new CryptographicException("this is no private key in PEM", exception);
        }
    }

    public static bool IsA(string pem, CertificateKeyAlgorithm algorithm)
    {
        try
        {
            using var key = FromPem(pem);
            return IsA(key, algorithm);
        }
        catch (CryptographicException)
        {
            return false;
        }
    }

    /// <summary>Whether the certificate is for this key.</summary>
    public static bool IsOf(string pem, X509Certificate2 certificate)
    {
        using var key = FromPem(pem);
        return key.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(certificate.PublicKey.ExportSubjectPublicKeyInfo());
    }

    public static bool IsA(AsymmetricAlgorithm key, CertificateKeyAlgorithm algorithm) => algorithm switch
    {
        CertificateKeyAlgorithm.ES256 => key is ECDsa { KeySize: 256 },
        CertificateKeyAlgorithm.ES384 => key is ECDsa { KeySize: 384 },
        _ => key is RSA,
    };
}
