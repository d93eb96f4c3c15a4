using MatrixEdge.Configuration;

namespace MatrixEdge.Sites;

/// <summary>What a host name leads to.</summary>
internal sealed record SiteAddress(Site Site, HostRole Role);
