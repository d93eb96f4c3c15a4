using System.Collections.Immutable;

namespace MatrixEdge.Certificates.Ordering;

/// <summary>An attempt to get a certificate failed. The message is for the operator: what happened, to what, what to do.</summary>
internal sealed class IssuanceException(FailureKind kind, string message, Exception? inner = null) : Exception(message, inner)
{
    public FailureKind Kind { get; } = kind;

    /// <summary>What the authority asked for: no request before this long from now.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>The names that could not be validated, once for each time that the authority tried.</summary>
    public ImmutableArray<ValidationFailure> Refusals { get; init; } = [];

    /// <summary>Names that stand in the way without having been tried: rejected as such, or found wanting by the gateway itself.</summary>
    public ImmutableArray<ValidationFailure> Untried { get; init; } = [];
}
