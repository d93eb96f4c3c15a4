namespace MatrixEdge.Configuration;

/// <summary>How the gateway proves to a certificate authority that a name is its own.</summary>
internal enum ChallengeType
{
    /// <summary>A file asked for on port 80 (RFC 8555 §8.3).</summary>
    Http01,

    /// <summary>A handshake on port 443 (RFC 8737).</summary>
    TlsAlpn01,

    /// <summary>A TXT record (RFC 8555 §8.4); the only one for wildcards.</summary>
    Dns01,
}
