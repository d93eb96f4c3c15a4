using MatrixEdge.Configuration;

namespace MatrixEdge.Sites;

/// <summary>What a host name leads to.</summary>
/// <param name="IsApex">Whether it is the server name itself, which Matrix shares with a website.</param>
internal sealed record SiteAddress(Site Site, HostRole Role, bool IsApex);
