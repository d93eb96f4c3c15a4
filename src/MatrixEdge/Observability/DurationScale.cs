namespace MatrixEdge.Observability;

/// <summary>Durations by their order of magnitude: as exact as is of use for a median, and of a size that does not grow.</summary>
internal static class DurationScale
{
    // Upper ends in milliseconds; the last step has none.
    private static readonly double[] Ends = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 30_000, 60_000];

    /// <summary>How many steps there are.</summary>
    public static int Steps => Ends.Length + 1;

    public static int StepOf(TimeSpan duration)
    {
        var milliseconds = duration.TotalMilliseconds;
        var step = 0;
        while (step < Ends.Length && milliseconds > Ends[step])
            step++;
        return step;
    }

    /// <summary>
    /// The duration that so many were within, taken as evenly spread inside a step; null when there were none. Above the last end,
    /// that end.
    /// </summary>
    /// <param name="counts">How many fell into each step.</param>
    /// <param name="share">Between 0 and 1: 0.5 for the median.</param>
    public static TimeSpan? Within(ReadOnlySpan<long> counts, double share)
    {
        long all = 0;
        foreach (var count in counts)
            all += count;
        if (all == 0)
            return null;

        var rank = share * all;
        double before = 0;
        for (var step = 0; step < Ends.Length; step++)
        {
            if (before + counts[step] >= rank && counts[step] > 0)
            {
                var begin = step == 0 ? 0 : Ends[step - 1];
                return TimeSpan.FromMilliseconds(begin + ((Ends[step] - begin) * (rank - before) / counts[step]));
            }

            before += counts[step];
        }

        return TimeSpan.FromMilliseconds(Ends[^1]);
    }
}
