using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace MatrixEdge.Acme;

/// <summary>
/// Reads <c>application/pem-certificate-chain</c> (RFC 8555 §9.1) strictly: certificates and white space. Whatever else stands there
/// is a sign that something is cut off, or slipped in.
/// </summary>
internal static class PemChain
{
    public const string MediaType = "application/pem-certificate-chain";

    private const int MostCertificates = 32;

    public static AcmeCertificate Read(AcmeAnswer answer)
    {
        var text = Encoding.UTF8.GetString(answer.Body);
        var certificates = new List<X509Certificate2>();
        var rest = text.AsSpan();
        while (PemEncoding.TryFind(rest, out var fields))
        {
            if (!rest[..fields.Location.Start.Value].IsWhiteSpace())
                throw NoChain(answer, "there is other text between the certificates, or one of them is damaged");
            if (rest[fields.Label] is not "CERTIFICATE")
                throw NoChain(answer, $"there is something else in it ({Words.Clean(rest[fields.Label].ToString(), 40)})");
            if (certificates.Count == MostCertificates)
                throw NoChain(answer, $"there are more than {MostCertificates} certificates in it");

            certificates.Add(ReadOne(answer, rest[fields.Base64Data], certificates.Count + 1));
            rest = rest[fields.Location.End.Value..];
        }

        if (!rest.IsWhiteSpace())
            throw NoChain(answer, certificates.Count == 0 ? $"there is no certificate in it, but \"{Words.Of(answer.Body)}\"" : "it breaks off, or ends in something else");
        if (certificates.Count == 0)
            throw NoChain(answer, "it is empty");

        var pem = string.Concat(certificates.Select(certificate => certificate.ExportCertificatePem() + "\n"));
        return new AcmeCertificate(certificates[0], [.. certificates.Skip(1)], pem, [.. answer.LinksTo("alternate").Distinct()]);
    }

    private static X509Certificate2 ReadOne(AcmeAnswer answer, ReadOnlySpan<char> base64, int number)
    {
        try
        {
            return X509CertificateLoader.LoadCertificate(Convert.FromBase64String(base64.ToString()));
        }
        catch (Exception exception) when (exception is CryptographicException or FormatException)
        {
            throw NoChain(answer, $"certificate {number} in it cannot be read", exception);
        }
    }

    private static AcmeException NoChain(AcmeAnswer answer, string why, Exception? exception = null) =>
        answer.NotUnderstood($"it is not a chain of certificates: {why}", exception);
}
