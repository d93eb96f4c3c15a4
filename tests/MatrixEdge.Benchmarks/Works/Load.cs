namespace MatrixEdge.Benchmarks.Works;

/// <summary>What a load generator got done.</summary>
/// <param name="Units">Requests or megabytes, all of them answered as they should be.</param>
internal sealed record Load(double Units, TimeSpan Elapsed);
