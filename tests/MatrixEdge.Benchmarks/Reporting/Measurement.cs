namespace MatrixEdge.Benchmarks.Reporting;

/// <summary>One work on one peer, once.</summary>
/// <param name="PerSecond">Units a second, as the client saw it.</param>
/// <param name="CpuMicroseconds">The peer's own CPU time a unit, all its processes.</param>
/// <param name="AllocatedBytes">What it allocated a unit, where it says so.</param>
internal sealed record Measurement(double PerSecond, double CpuMicroseconds, double? AllocatedBytes);
