using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MatrixEdge.Listening;

namespace MatrixEdge.Certificates;

/// <summary>Makes a certificate with key and chain, ready to be served, of what stands in PEM text.</summary>
internal static class PemBundle
{
    /// <param name="certificatePlace">Where the certificates were read, for messages.</param>
    /// <param name="keyPlace">Where the key was read, for messages.</param>
    /// <exception cref="CertificateException">It cannot be served; the message says why and what to do.</exception>
    public static CertificateBundle Read(string certificateText, string certificatePlace, string keyText, string keyPlace)
    {
        var certificates = ReadCertificates(certificateText, certificatePlace);
        if (keyText.Contains("BEGIN ENCRYPTED PRIVATE KEY", StringComparison.Ordinal) || keyText.Contains("Proc-Type: 4,ENCRYPTED", StringComparison.Ordinal))
        {
            throw new CertificateException(
                $"{keyPlace} is encrypted with a passphrase, which nobody could type at a restart; decrypt it: openssl pkey -in {keyPlace} -out plain.pem");
        }

        var leaf = Join(certificates, certificatePlace, keyText, keyPlace);
        var bundle = new CertificateBundle(leaf, ChainOf(leaf, certificates));
        if (bundle.Names.Count == 0)
        {
            throw new CertificateException(
                $"The private key in {keyPlace} belongs to \"{leaf.Subject}\", a certificate for no host name at all (no subjectAltName); is it an authority's?");
        }

        try
        {
            ServedCertificate.Verify(bundle);
        }
        catch (InvalidOperationException exception)
        {
            throw new CertificateException($"{certificatePlace} cannot be served as it is. {exception.Message}. Put the certificate first and behind it those of its issuers, each once", exception);
        }
        catch (CryptographicException exception)
        {
            throw new CertificateException($"{certificatePlace} cannot be served: {exception.Message}. A new one with an EC key (P-256), or an RSA key of 2048 bits or more, can", exception);
        }

        return bundle;
    }

    private static X509Certificate2Collection ReadCertificates(string text, string place)
    {
        var certificates = new X509Certificate2Collection();
        try
        {
            certificates.ImportFromPem(text);
        }
        catch (CryptographicException exception)
        {
            throw new CertificateException($"{place} holds a certificate that cannot be read: {exception.Message}", exception);
        }

        return certificates.Count > 0
            ? certificates
            : throw new CertificateException(
                $"{place} holds no certificate; it must be PEM, with lines like -----BEGIN CERTIFICATE-----"
                + (text.Contains("PRIVATE KEY", StringComparison.Ordinal) ? " (this looks like the private key: were the two paths swapped?)" : ""));
    }

    // The leaf is the certificate that the key belongs to, wherever it stands in the file.
    private static X509Certificate2 Join(X509Certificate2Collection certificates, string certificatePlace, string key, string keyPlace)
    {
        if (!key.Contains("PRIVATE KEY-----", StringComparison.Ordinal))
        {
            throw new CertificateException(
                $"{keyPlace} holds no private key; it must be PEM, with a line like -----BEGIN PRIVATE KEY-----");
        }

        CryptographicException? unreadable = null;
        foreach (var certificate in certificates)
        {
            try
            {
                return X509Certificate2.CreateFromPem(certificate.ExportCertificatePem(), key);
            }
            catch (CryptographicException exception)
            {
                unreadable = exception;
            }
            catch (ArgumentException)
            {
                // This certificate's key is another one.
            }
        }

        throw new CertificateException(
            $"The private key in {keyPlace} belongs to none of the certificates in {certificatePlace}; if they are being replaced, the other file will follow",
            unreadable);
    }

    // From issuer to issuer in the order of the file; a root at the end is left out, since nobody trusts one for being sent.
    private static X509Certificate2Collection ChainOf(X509Certificate2 leaf, X509Certificate2Collection certificates)
    {
        var rest = certificates.Where(certificate => certificate.Thumbprint != leaf.Thumbprint).ToList();
        var chain = new X509Certificate2Collection();
        for (var last = leaf; ;)
        {
            var issuers = rest.FindAll(candidate =>
                candidate.SubjectName.RawData.AsSpan().SequenceEqual(last.IssuerName.RawData)
                && !candidate.SubjectName.RawData.AsSpan().SequenceEqual(candidate.IssuerName.RawData));

            // Authorities renew their keys under the same name: the key's own identifier decides.
            var issuer = issuers.Find(candidate => IssuerKey.IsOf(last, candidate) == true) ?? issuers.FirstOrDefault();
            if (issuer is null)
                return chain;

            rest.Remove(issuer);
            chain.Add(issuer);
            last = issuer;
        }
    }
}
