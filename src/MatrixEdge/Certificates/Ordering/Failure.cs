namespace MatrixEdge.Certificates.Ordering;

/// <summary>The last failure, as it is shown.</summary>
internal sealed record Failure(DateTimeOffset At, FailureKind Kind, string Issuer, string Message);
