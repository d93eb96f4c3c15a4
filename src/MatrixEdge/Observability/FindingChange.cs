namespace MatrixEdge.Observability;

/// <summary>A check that came out otherwise than the time before.</summary>
/// <param name="Before">Null at the first time.</param>
/// <param name="Now">What was found.</param>
internal sealed record FindingChange(string ServerName, DateTimeOffset At, FindingOutcome? Before, Finding Now);
