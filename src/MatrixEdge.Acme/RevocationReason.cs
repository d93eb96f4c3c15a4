namespace MatrixEdge.Acme;

/// <summary>Why a certificate is revoked (RFC 5280 §5.3.1). Let's Encrypt takes these only, without <see cref="AffiliationChanged"/>.</summary>
public enum RevocationReason
{
    /// <summary>No reason given.</summary>
    Unspecified = 0,

    /// <summary>Somebody else may have the private key. The key must never be used again.</summary>
    KeyCompromise = 1,

    /// <summary>The subject's name or other data have changed.</summary>
    AffiliationChanged = 3,

    /// <summary>A newer certificate has taken its place.</summary>
    Superseded = 4,

    /// <summary>The names are no longer used.</summary>
    CessationOfOperation = 5,
}
