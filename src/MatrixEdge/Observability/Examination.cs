using System.Collections.Immutable;

namespace MatrixEdge.Observability;

/// <summary>A Matrix server as others see it at one time.</summary>
/// <param name="At">When it was begun.</param>
/// <param name="Took">How long it took.</param>
/// <param name="Route">How another server finds it, step by step as the specification orders them, a sentence each.</param>
/// <param name="Seen">The certificate that was met at each port and address.</param>
/// <param name="Findings">In the order of cause and consequence: what fails first is what to mend first.</param>
internal sealed record Examination(
    string ServerName, DateTimeOffset At, TimeSpan Took, ImmutableArray<string> Route, ImmutableArray<SeenCertificate> Seen, ImmutableArray<Finding> Findings)
{
    /// <summary>The worst of all; a check that was skipped makes nothing worse.</summary>
    public FindingOutcome Verdict =>
        Findings.Any(finding => finding.Outcome == FindingOutcome.Fail) ? FindingOutcome.Fail
        : Findings.Any(finding => finding.Outcome == FindingOutcome.Warn) ? FindingOutcome.Warn
        : FindingOutcome.Ok;

    /// <summary>What to look at first; null when all is well.</summary>
    public Finding? First =>
        Findings.FirstOrDefault(finding => finding.Outcome == FindingOutcome.Fail) ?? Findings.FirstOrDefault(finding => finding.Outcome == FindingOutcome.Warn);

    /// <summary>The verdict in one sentence, with its final dot.</summary>
    public string Sentence => Verdict switch
    {
        FindingOutcome.Fail => $"{ServerName} is not well: {First!.Summary}.",
        FindingOutcome.Warn => $"{ServerName} works, but: {First!.Summary}.",
        _ => $"{ServerName} is well: clients and other servers reach it.",
    };
}
