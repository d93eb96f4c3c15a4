namespace MatrixEdge.Benchmarks;

/// <summary>Why there is nothing to measure; the message is one for people, with what to do.</summary>
internal sealed class BenchmarkException(string message) : Exception(message);
