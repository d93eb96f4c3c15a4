using System.Collections.Immutable;

namespace MatrixEdge.Certificates.Ordering;

/// <summary>
/// An order that has begun: kept before and after each step that the authority remembers, so that a crash in between goes on
/// with it instead of ordering again.
/// </summary>
/// <param name="Location">Its address (RFC 8555 §7.1.3); null while the answer to the order may have been lost.</param>
/// <param name="PrivateKey">PEM; the key of the certificate to come.</param>
internal sealed record OpenOrder(
    string Issuer, Uri? Account, ImmutableArray<string> Names, string? Profile, string? Replaces, Uri? Location, string PrivateKey, DateTimeOffset Begun)
{
    /// <summary>Whether what came of it could not be used, once already.</summary>
    public bool IsDoubted { get; init; }

    /// <summary>What orders before this one cost in the same attempt, and what nobody has counted yet.</summary>
    public ImmutableArray<ValidationFailure> Refused { get; init; } = [];
}
