using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MatrixEdge.Configuration;
using MatrixEdge.Listening;

namespace MatrixEdge.Certificates;

/// <summary>
/// A certificate that something else keeps fresh: certbot, cert-manager, an operator. The files are watched, also through
/// links; a pair that does not fit together (one file written, the other not yet) is refused, and the old one stays.
/// </summary>
internal sealed class FilesSource(string certificatePath, string privateKeyPath, WatchedFiles files) : ICertificateSource
{
    private readonly string[] paths = [certificatePath, privateKeyPath];
    private string seen = "";

    public CertificateBundle Load()
    {
        seen = WatchedFiles.Look(paths);
        var certificates = ReadCertificates();
        var key = ReadText(privateKeyPath);
        if (key.Contains("BEGIN ENCRYPTED PRIVATE KEY", StringComparison.Ordinal) || key.Contains("Proc-Type: 4,ENCRYPTED", StringComparison.Ordinal))
        {
            throw new CertificateException(
                $"{privateKeyPath} is encrypted with a passphrase, which nobody could type at a restart; decrypt it: openssl pkey -in {privateKeyPath} -out plain.pem");
        }

        var leaf = Join(certificates, key);
        var bundle = new CertificateBundle(leaf, ChainOf(leaf, certificates));
        if (bundle.Names.Count == 0)
        {
            throw new CertificateException(
                $"The private key in {privateKeyPath} belongs to \"{leaf.Subject}\", a certificate for no host name at all (no subjectAltName); is it an authority's?");
        }

        try
        {
            ServedCertificate.Verify(bundle);
        }
        catch (InvalidOperationException exception)
        {
            throw new CertificateException($"{certificatePath} cannot be served as it is. {exception.Message}. Put the certificate first and behind it those of its issuers, each once", exception);
        }

        return bundle;
    }

    public async Task WaitAsync(CertificateBundle? served, CancellationToken stop) =>
        await files.WaitForChangeAsync(paths, seen, stop);

    private X509Certificate2Collection ReadCertificates()
    {
        var text = ReadText(certificatePath);
        var certificates = new X509Certificate2Collection();
        try
        {
            certificates.ImportFromPem(text);
        }
        catch (CryptographicException exception)
        {
            throw new CertificateException($"{certificatePath} holds a certificate that cannot be read: {exception.Message}", exception);
        }

        return certificates.Count > 0
            ? certificates
            : throw new CertificateException(
                $"{certificatePath} holds no certificate; it must be PEM, with lines like -----BEGIN CERTIFICATE-----"
                + (text.Contains("PRIVATE KEY", StringComparison.Ordinal) ? " (this looks like the private key: were the two paths swapped?)" : ""));
    }

    private static string ReadText(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new CertificateException($"{path} cannot be read: {exception.Message}", exception);
        }
    }

    // The leaf is the certificate that the key belongs to, wherever it stands in the file.
    private X509Certificate2 Join(X509Certificate2Collection certificates, string key)
    {
        if (!key.Contains("PRIVATE KEY-----", StringComparison.Ordinal))
        {
            throw new CertificateException(
                $"{privateKeyPath} holds no private key; it must be PEM, with a line like -----BEGIN PRIVATE KEY-----");
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
            $"The private key in {privateKeyPath} belongs to none of the certificates in {certificatePath}; if they are being replaced, the other file will follow",
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
            var issuer = issuers.Find(candidate => IssuerKey.IsOf(last, candidate)) ?? issuers.FirstOrDefault();
            if (issuer is null)
                return chain;

            rest.Remove(issuer);
            chain.Add(issuer);
            last = issuer;
        }
    }
}
