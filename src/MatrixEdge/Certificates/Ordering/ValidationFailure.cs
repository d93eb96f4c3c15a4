namespace MatrixEdge.Certificates.Ordering;

/// <summary>An authority was asked to validate a name, and could not.</summary>
internal sealed record ValidationFailure(string Name, string Reason);
