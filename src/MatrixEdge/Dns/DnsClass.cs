namespace MatrixEdge.Dns;

/// <summary>RFC 1035 §3.2.4; the last two are what dynamic updates say things with (RFC 2136 §2.5).</summary>
internal enum DnsClass
{
    /// <summary>Never sent.</summary>
    Reserved = 0,

    Internet = 1,

    /// <summary>In an update: take exactly this record away.</summary>
    None = 254,

    /// <summary>In an update: take all records of this kind away.</summary>
    Any = 255,
}
