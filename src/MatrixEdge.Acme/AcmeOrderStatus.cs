namespace MatrixEdge.Acme;

/// <summary>The state of an order (RFC 8555 §7.1.6).</summary>
public enum AcmeOrderStatus
{
    /// <summary>A state that this library does not know.</summary>
    Unknown,

    /// <summary>Authorizations are missing.</summary>
    Pending,

    /// <summary>All authorizations are there: finalize.</summary>
    Ready,

    /// <summary>The certificate is being made: ask again.</summary>
    Processing,

    /// <summary>The certificate can be downloaded.</summary>
    Valid,

    /// <summary>The order has failed or expired; it cannot be mended.</summary>
    Invalid,
}
