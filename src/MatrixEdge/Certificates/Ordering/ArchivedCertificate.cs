using MatrixEdge.Listening;

namespace MatrixEdge.Certificates.Ordering;

/// <param name="Generation">Counts up with each certificate of a site; 0 for one that could not be stored yet.</param>
internal sealed record ArchivedCertificate(CertificateBundle Bundle, CertificateOrigin Origin, int Generation)
{
    public CertificateLife Life => new(Bundle.NotBefore, Bundle.NotAfter);
}
