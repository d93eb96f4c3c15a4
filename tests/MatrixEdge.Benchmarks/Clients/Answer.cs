namespace MatrixEdge.Benchmarks.Clients;

/// <summary>An answer over HTTP/1.1, as far as it matters here.</summary>
/// <param name="Head">Status line and header lines, as they came.</param>
internal readonly record struct Answer(int Status, string Head);
