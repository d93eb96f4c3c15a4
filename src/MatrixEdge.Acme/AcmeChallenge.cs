namespace MatrixEdge.Acme;

/// <summary>One way to prove control over a name (RFC 8555 §8).</summary>
/// <param name="Type">E.g. <see cref="Challenges.Http01"/>. Types unknown here are kept; whoever chooses passes them by.</param>
/// <param name="Url">Where the server is told that the answer is in place.</param>
/// <param name="Token">What the answer is computed from, always well-formed (<see cref="Challenges.IsToken"/>); null for types that have none.</param>
/// <param name="Status">Whether the server has looked.</param>
/// <param name="Error">What went wrong when it did.</param>
public sealed record AcmeChallenge(string Type, Uri Url, string? Token, AcmeChallengeStatus Status, AcmeProblem? Error);
