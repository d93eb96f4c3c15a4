namespace MatrixEdge.Sites;

/// <summary>A server that came.</summary>
/// <param name="LastByFormerWay">When it last came by the way that is being given up; null when it never did.</param>
/// <param name="LastByPresentWay">When it last came by the way that is announced; null when it never did.</param>
internal sealed record FederationOrigin(string Name, long Requests, DateTimeOffset? LastByFormerWay, DateTimeOffset? LastByPresentWay)
{
    /// <summary>Whether its latest request came by the former way.</summary>
    public bool IsStillFormer => LastByFormerWay is { } former && (LastByPresentWay is not { } present || present < former);
}
