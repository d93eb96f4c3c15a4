namespace MatrixEdge.Certificates.Ordering;

/// <summary>How an attempt ended that somebody waits for.</summary>
/// <param name="Succeeded">Whether a new certificate is served.</param>
/// <param name="Message">For the operator.</param>
internal sealed record RenewalOutcome(bool Succeeded, string Message);
