namespace MatrixEdge.Benchmarks.Works;

/// <summary>How much longer than planned a load generator may take before it is ended.</summary>
internal static class Patience
{
    public static readonly TimeSpan Spare = TimeSpan.FromSeconds(20);
}
