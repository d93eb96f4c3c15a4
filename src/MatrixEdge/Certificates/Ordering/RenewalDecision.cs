using System.Collections.Immutable;

namespace MatrixEdge.Certificates.Ordering;

/// <param name="Due">When a certificate is to be ordered; in the past or now: at once.</param>
/// <param name="Names">The names to order; fewer than wanted while some of them keep failing.</param>
internal sealed record RenewalDecision(DateTimeOffset Due, RenewalReason Reason, ImmutableArray<string> Names);
