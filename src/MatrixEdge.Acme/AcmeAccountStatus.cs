namespace MatrixEdge.Acme;

/// <summary>The state of an account (RFC 8555 §7.1.6).</summary>
public enum AcmeAccountStatus
{
    /// <summary>A state that this library does not know.</summary>
    Unknown,

    /// <summary>The account may order certificates.</summary>
    Valid,

    /// <summary>Its owner has closed the account, for good (RFC 8555 §7.3.6).</summary>
    Deactivated,

    /// <summary>The server has closed the account, for good.</summary>
    Revoked,
}
