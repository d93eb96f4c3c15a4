using System.Buffers.Text;
using System.Security.Cryptography.X509Certificates;

namespace MatrixEdge.Acme;

/// <summary>When the server suggests to renew a certificate (RFC 9773 §4.2): at a random moment of the window, or at once when it is over.</summary>
/// <param name="Start">The window's begin.</param>
/// <param name="End">Its end, always later than <paramref name="Start"/>.</param>
/// <param name="ExplanationUri">A page for people that says why, when the window is unusual.</param>
/// <param name="RetryAfter">When to ask again: between one minute and a day (RFC 9773 §4.3), six hours when the server did not say.</param>
public sealed record AcmeRenewalInfo(DateTimeOffset Start, DateTimeOffset End, Uri? ExplanationUri, TimeSpan RetryAfter)
{
    /// <summary>The name of a certificate in renewal information and in <see cref="NewOrder.Replaces"/> (RFC 9773 §4.1).</summary>
    /// <exception cref="ArgumentException">The certificate does not carry its issuer's key identifier, so that it has no such name.</exception>
    public static string CertificateId(X509Certificate2 certificate) =>
        FindCertificateId(certificate)
        ?? throw new ArgumentException(
            "The certificate does not carry its issuer's key identifier (RFC 5280 §4.2.1.1), so that renewal information cannot name it.", nameof(certificate));

    /// <summary>As <see cref="CertificateId"/>; null for a certificate that has no such name.</summary>
    public static string? FindCertificateId(X509Certificate2 certificate)
    {
        ArgumentNullException.ThrowIfNull(certificate);
        return certificate.Extensions.OfType<X509AuthorityKeyIdentifierExtension>().FirstOrDefault()?.KeyIdentifier is { Length: > 0 } issuer
            ? $"{Base64Url.EncodeToString(issuer.Span)}.{Base64Url.EncodeToString(certificate.SerialNumberBytes.Span)}"
            : null;
    }
}
