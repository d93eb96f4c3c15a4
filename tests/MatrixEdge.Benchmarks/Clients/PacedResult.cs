using System.Diagnostics;
using System.Globalization;

namespace MatrixEdge.Benchmarks.Clients;

/// <param name="PerSecond">Answers a second.</param>
/// <param name="Half">Half of the answers came within this.</param>
/// <param name="Most">99 of 100 came within this.</param>
/// <param name="All">The latest came after this.</param>
internal sealed record PacedResult(double PerSecond, TimeSpan Half, TimeSpan Most, TimeSpan All)
{
    /// <param name="latencies">In ticks of <see cref="Stopwatch"/>; sorted by this.</param>
    public static PacedResult Of(List<long> latencies, TimeSpan elapsed)
    {
        latencies.Sort();
        return new PacedResult(latencies.Count / elapsed.TotalSeconds, At(0.5), At(0.99), At(1));

        TimeSpan At(double share) => Stopwatch.GetElapsedTime(0, latencies[Math.Min((int)(latencies.Count * share), latencies.Count - 1)]);
    }

    /// <summary>Numbers in one line: requests a second, then milliseconds.</summary>
    public string ToText() => string.Create(
        CultureInfo.InvariantCulture, $"{PerSecond} {Half.TotalMilliseconds} {Most.TotalMilliseconds} {All.TotalMilliseconds}");

    /// <summary>What <see cref="ToText"/> wrote.</summary>
    public static PacedResult Parse(string text) =>
        text.Trim().Split(' ').Select(word => double.Parse(word, CultureInfo.InvariantCulture)).ToArray() is [var perSecond, var half, var most, var all]
            ? new PacedResult(perSecond, TimeSpan.FromMilliseconds(half), TimeSpan.FromMilliseconds(most), TimeSpan.FromMilliseconds(all))
            : throw new BenchmarkException($"That is no result of a paced load: {text}");
}
