namespace MatrixEdge.Acme;

/// <summary>The proof, given or awaited, that an account controls a name (RFC 8555 §7.1.4).</summary>
/// <param name="Location">The authorization's URL.</param>
/// <param name="Identifier">The name, without <c>*.</c>.</param>
/// <param name="Status">Whether anything must be done.</param>
/// <param name="Wildcard">Whether it is for <c>*.</c> in front of the name.</param>
/// <param name="Challenges">The ways to prove it, of which one must be met; among them perhaps types that are unknown here.</param>
public sealed record AcmeAuthorization(
    Uri Location,
    AcmeIdentifier Identifier,
    AcmeAuthorizationStatus Status,
    bool Wildcard,
    IReadOnlyList<AcmeChallenge> Challenges)
{
    /// <summary>When the authorization ends.</summary>
    public DateTimeOffset? Expires { get; init; }

    /// <summary>How long the server asks to wait before the next look, from zero to a year; null when it did not say.</summary>
    public TimeSpan? RetryAfter { get; init; }
}
