namespace MatrixEdge.Dns;

/// <summary>How an answer ends (RFC 1035 §4.1.1, RFC 2136 §2.2, RFC 6891 §9, RFC 8945 §3). Others pass through as numbers.</summary>
internal enum DnsCode
{
    NoError = 0,

    /// <summary>The server did not understand the question.</summary>
    FormatError = 1,

    /// <summary>The server failed, or no other server had an answer for it, or DNSSEC did not fit.</summary>
    ServerFailure = 2,

    /// <summary>There is no such name.</summary>
    NameError = 3,

    NotImplemented = 4,

    /// <summary>The server does not do this for us.</summary>
    Refused = 5,

    NameExists = 6,

    RecordsExist = 7,

    RecordsMissing = 8,

    /// <summary>The server is not authoritative for the zone; with a signature (TSIG): the signature was not accepted.</summary>
    NotAuthoritative = 9,

    /// <summary>The name does not belong to the zone.</summary>
    NotInZone = 10,

    /// <summary>In an answer: EDNS of another version. In a signature: the MAC does not fit.</summary>
    BadVersionOrSignature = 16,

    /// <summary>In a signature: the key is not known there.</summary>
    BadKey = 17,

    /// <summary>In a signature: the clocks differ too much.</summary>
    BadTime = 18,
}
