namespace MatrixEdge.Beginning;

/// <summary>What there is to say about a homeserver's configuration, one line each. No line quotes a value that may be a secret.</summary>
internal sealed class Findings
{
    /// <summary>What has to be mended before anything can be written.</summary>
    public List<string> Problems { get; } = [];

    /// <summary>What is to be done, or known, beside the new configuration.</summary>
    public List<string> Notes { get; } = [];
}
