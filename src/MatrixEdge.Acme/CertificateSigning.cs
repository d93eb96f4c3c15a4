using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace MatrixEdge.Acme;

/// <summary>Makes what an order is finalized with (RFC 8555 §7.4).</summary>
public static class CertificateSigning
{
    /// <summary>
    /// A PKCS#10 request (RFC 2986) in DER for all identifiers of the order, each once, as alternative names and with an empty subject.
    /// </summary>
    /// <param name="identifiers">The names; the order does not matter.</param>
    /// <param name="key">The certificate's private key, never the account's: ECDSA (P-256, P-384) or RSA.</param>
    /// <exception cref="ArgumentException">No identifier, one that is neither name nor address, or another kind of key.</exception>
    public static byte[] CreateRequest(IEnumerable<AcmeIdentifier> identifiers, AsymmetricAlgorithm key)
    {
        ArgumentNullException.ThrowIfNull(identifiers);
        var nobody = new X500DistinguishedName("");
        var request = key switch
        {
            ECDsa { KeySize: <= 256 } elliptic => new CertificateRequest(nobody, elliptic, HashAlgorithmName.SHA256),
            ECDsa elliptic => new CertificateRequest(nobody, elliptic, HashAlgorithmName.SHA384),
            RSA rsa => new CertificateRequest(nobody, rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1),
            _ => throw new ArgumentException("A certificate's key must be ECDSA or RSA.", nameof(key)),
        };
        request.CertificateExtensions.Add(AlternativeNames(identifiers));
        return request.CreateSigningRequest();
    }

    internal static X509Extension AlternativeNames(IEnumerable<AcmeIdentifier> identifiers)
    {
        var names = new SubjectAlternativeNameBuilder();
        var any = false;
        foreach (var identifier in identifiers.Distinct())
        {
            any = true;
            if (identifier.Type == "dns")
                names.AddDnsName(identifier.Value);
            else if (identifier.Type == "ip" && IPAddress.TryParse(identifier.Value, out var address))
                names.AddIpAddress(address);
            else
                throw new ArgumentException($"\"{identifier.Value}\" ({identifier.Type}) is neither a DNS name nor an address.", nameof(identifiers));
        }

        return any ? names.Build() : throw new ArgumentException("A certificate needs at least one name.", nameof(identifiers));
    }
}
