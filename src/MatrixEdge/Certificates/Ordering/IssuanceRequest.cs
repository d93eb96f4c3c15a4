using System.Collections.Immutable;

namespace MatrixEdge.Certificates.Ordering;

/// <param name="Names">What the certificate is to be for.</param>
/// <param name="Current">The certificate that it replaces, if there is one.</param>
/// <param name="Known">What is remembered of the names.</param>
/// <param name="Archive">Where an order is kept while it is open.</param>
internal sealed record IssuanceRequest(
    ImmutableArray<string> Names, ArchivedCertificate? Current, ImmutableDictionary<string, NameState> Known, CertificateArchive Archive);
