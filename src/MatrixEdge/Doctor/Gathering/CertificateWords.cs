using MatrixEdge.Doctor.Looking;

namespace MatrixEdge.Doctor.Gathering;

/// <summary>What is wrong with the certificate of an answer.</summary>
internal static class CertificateWords
{
    /// <summary>Null when it is trusted and for the name that was asked for, and without TLS.</summary>
    public static string? FindFault(HttpLook look) => look.Tls is { } tls && look.Request.TlsName is { } name ? FindFault(tls.Certificate, name) : null;

    public static string? FindFault(CertificateLook certificate, string name) =>
        certificate.Words is { } words ? $"the certificate for {certificate.NamesInWords} is not accepted: {words}"
        : certificate.Covers(name) ? null
        : $"the certificate is for {certificate.NamesInWords} and not for {name}";
}
