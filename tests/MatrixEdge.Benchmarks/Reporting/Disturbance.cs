using System.Globalization;
using MatrixEdge.Benchmarks.Processes;

namespace MatrixEdge.Benchmarks.Reporting;

/// <summary>
/// What other programs took of the machine while this one measured: figures of a disturbed run are not worth keeping.
/// </summary>
internal sealed class Disturbance
{
    // The columns of proc_stat(5) that are work: user, nice, system, irq, softirq.
    private static readonly int[] Busy = [0, 1, 2, 5, 6];
    private const int Steal = 7;

    private readonly long[] before = Read();
    private readonly TimeSpan ownBefore = Own();

    public void Write(TextWriter writer)
    {
        var after = Read();
        var ticks = before.Zip(after, (first, last) => (double)(last - first)).ToArray();
        var all = ticks.Sum();
        var own = (Own() - ownBefore).TotalSeconds * ProcessTree.TicksPerSecond;
        var others = Math.Max(0, Busy.Sum(column => ticks[column]) - own);
        writer.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"Of the machine's time, other programs took {others / all:P0} and the hypervisor {ticks[Steal] / all:P0} meanwhile."));
    }

    private static long[] Read()
    {
        var columns = File.ReadLines("/proc/stat").First().Split(' ', StringSplitOptions.RemoveEmptyEntries).Skip(1).Take(Steal + 1);
        return [.. columns.Select(text => long.Parse(text, CultureInfo.InvariantCulture))];
    }

    // Whatever runs now, and the load generators that have ended.
    private static TimeSpan Own() => ProcessTree.CpuTime(ProcessTree.Of(Environment.ProcessId)) + ProcessTree.CpuTimeOfEnded(Environment.ProcessId);
}
