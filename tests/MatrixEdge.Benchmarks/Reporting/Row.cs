namespace MatrixEdge.Benchmarks.Reporting;

/// <summary>One figure of all peers.</summary>
/// <param name="Title">What it is, with its unit.</param>
/// <param name="Values">The rounds of each peer, in the order of the columns.</param>
internal sealed record Row(string Title, IReadOnlyList<IReadOnlyList<double>> Values);
