namespace MatrixEdge.Acme;

/// <summary>The state of a challenge (RFC 8555 §7.1.6).</summary>
public enum AcmeChallengeStatus
{
    /// <summary>A state that this library does not know.</summary>
    Unknown,

    /// <summary>It has not been answered.</summary>
    Pending,

    /// <summary>The server is looking.</summary>
    Processing,

    /// <summary>The server has found what it looked for.</summary>
    Valid,

    /// <summary>The server has not; <see cref="AcmeChallenge.Error"/> says why.</summary>
    Invalid,
}
