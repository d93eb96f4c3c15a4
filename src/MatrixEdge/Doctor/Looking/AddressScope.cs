namespace MatrixEdge.Doctor.Looking;

/// <summary>From where an address can be reached.</summary>
internal enum AddressScope
{
    /// <summary>From everywhere.</summary>
    Public,

    /// <summary>Within one network (RFC 1918, RFC 4193, RFC 6598).</summary>
    Private,

    /// <summary>On one wire; cloud hosts keep their secrets at such an address (RFC 3927, RFC 4291 §2.5.6).</summary>
    LinkLocal,

    /// <summary>On one host.</summary>
    Loopback,

    /// <summary>Nowhere: for documentation, multicast or reserved (RFC 6890).</summary>
    None,
}
