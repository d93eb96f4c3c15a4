namespace MatrixEdge.Dns;

/// <summary>What kind of record (RFC 1035 §3.2.2 and the RFCs named); others pass through as numbers.</summary>
internal enum DnsType
{
    /// <summary>No type at all; never sent.</summary>
    None = 0,

    A = 1,

    NS = 2,

    CNAME = 5,

    SOA = 6,

    TXT = 16,

    /// <summary>RFC 3596 §2.1.</summary>
    AAAA = 28,

    /// <summary>RFC 2782.</summary>
    SRV = 33,

    /// <summary>RFC 6891 §6.1: what the sender can do; never among a message's records here.</summary>
    OPT = 41,

    /// <summary>RFC 8945 §4.1: a message's signature; never among its records here.</summary>
    TSIG = 250,

    /// <summary>RFC 8659 §4.1.</summary>
    CAA = 257,
}
