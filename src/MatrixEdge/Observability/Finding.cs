using System.Collections.Immutable;

namespace MatrixEdge.Observability;

/// <summary>What was found out about one thing, in words for an operator. Texts are sentences without a final dot.</summary>
/// <param name="Id">Which check it was: stable, lower case with hyphens, of few values; the label of a metric.</param>
/// <param name="Title">What the check is about, in a few words: <c>Certificate covers the name</c>.</param>
/// <param name="Summary">What is the case.</param>
/// <param name="Evidence">What was seen, a line each: addresses, answers, names. May hold what strangers sent, shortened and without control characters.</param>
/// <param name="Cause">The likely cause; null when all is well or nothing is known.</param>
/// <param name="Remedy">What to do; null when there is nothing to do.</param>
/// <param name="Anchor">The chapter of README about it, without the <c>#</c>; null when there is nothing to do.</param>
internal sealed record Finding(
    string Id, string Title, FindingOutcome Outcome, string Summary, ImmutableArray<string> Evidence, string? Cause, string? Remedy, string? Anchor);
