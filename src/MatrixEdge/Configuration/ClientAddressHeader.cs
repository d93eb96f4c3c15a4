namespace MatrixEdge.Configuration;

/// <summary>Which header of a trusted proxy names the client.</summary>
internal enum ClientAddressHeader
{
    /// <summary><c>X-Forwarded-For</c>: each proxy appends the peer that it saw.</summary>
    XForwardedFor,

    /// <summary><c>CF-Connecting-IP</c>: exactly one address, set by Cloudflare.</summary>
    CfConnectingIp,
}
