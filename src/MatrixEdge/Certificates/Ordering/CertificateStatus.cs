using System.Collections.Immutable;
using MatrixEdge.Listening;

namespace MatrixEdge.Certificates.Ordering;

/// <summary>What there is to tell of a site's certificate at this moment.</summary>
/// <param name="Bundle">What is served; null when there is none yet.</param>
/// <param name="Next">When a certificate will be ordered, and why.</param>
/// <param name="Issuer">The authority that issued what is served; null when that is not known.</param>
internal sealed record CertificateStatus(
    string Site, ImmutableArray<string> Names, CertificateBundle? Bundle, int Generation, string? Issuer, RenewalDecision Next, RenewalState State);
