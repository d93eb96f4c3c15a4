namespace MatrixEdge.Sites;

/// <summary>A header line as it arrived.</summary>
internal sealed record EchoedHeader(string Name, string Value);
