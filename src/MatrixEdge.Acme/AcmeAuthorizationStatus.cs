namespace MatrixEdge.Acme;

/// <summary>The state of an authorization (RFC 8555 §7.1.6).</summary>
public enum AcmeAuthorizationStatus
{
    /// <summary>A state that this library does not know.</summary>
    Unknown,

    /// <summary>One of the challenges must be answered, or is being looked at.</summary>
    Pending,

    /// <summary>Control over the name is proved.</summary>
    Valid,

    /// <summary>A challenge has failed; a new order is needed.</summary>
    Invalid,

    /// <summary>The client has given it back (RFC 8555 §7.5.2).</summary>
    Deactivated,

    /// <summary>Its time is over.</summary>
    Expired,

    /// <summary>The server has withdrawn it.</summary>
    Revoked,
}
