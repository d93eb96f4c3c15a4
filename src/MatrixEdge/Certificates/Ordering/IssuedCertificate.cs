using System.Collections.Immutable;
using MatrixEdge.Configuration;
using MatrixEdge.Listening;

namespace MatrixEdge.Certificates.Ordering;

/// <param name="Pem">Chain and key, as it is kept.</param>
/// <param name="Replaces">Whether the order named the certificate that it replaces (RFC 9773 §5).</param>
/// <param name="Proven">How names were validated; those that needed no validation are missing.</param>
/// <param name="Refusals">What failed on the way.</param>
internal sealed record IssuedCertificate(
    CertificateBundle Bundle,
    string Pem,
    CertificateOrigin Origin,
    bool Replaces,
    ImmutableDictionary<string, ChallengeType> Proven,
    ImmutableArray<ValidationFailure> Refusals);
