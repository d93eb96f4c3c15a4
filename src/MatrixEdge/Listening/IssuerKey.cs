using System.Security.Cryptography.X509Certificates;

namespace MatrixEdge.Listening;

/// <summary>Whose key signed a certificate, by the identifiers that both carry (RFC 5280 §4.2.1.1, §4.2.1.2).</summary>
internal static class IssuerKey
{
    /// <returns>Null when one of them does not say.</returns>
    public static bool? IsOf(X509Certificate2 certificate, X509Certificate2 issuer) =>
        certificate.Extensions.OfType<X509AuthorityKeyIdentifierExtension>().FirstOrDefault()?.KeyIdentifier is { } wanted
        && issuer.Extensions.OfType<X509SubjectKeyIdentifierExtension>().FirstOrDefault() is { } own
            ? wanted.Span.SequenceEqual(own.SubjectKeyIdentifierBytes.Span)
            : null;
}
