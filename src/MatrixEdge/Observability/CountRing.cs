namespace MatrixEdge.Observability;

/// <summary>
/// Counters of the latest periods, a row for each. Adding costs two looks and an increment and allocates nothing; only the first of
/// a period waits for a lock, which clears the row of the period that is too long ago.
/// </summary>
/// <param name="periods">How many rows are kept.</param>
/// <param name="columns">How many counters a row has.</param>
internal sealed class CountRing(int periods, int columns)
{
    private readonly Lock turning = new();
    private readonly int[] counts = new int[periods * columns];

    // Which period a row is of, plus one: a row that was never used is of none.
    private readonly long[] rows = new long[periods];

    /// <summary>Counts one. What comes later than a whole turn of the ring is forgotten.</summary>
    /// <param name="period">The number of the period, from 0 on.</param>
    public void Add(long period, int column)
    {
        var row = (int)(period % periods);
        var held = Volatile.Read(ref rows[row]);
        if (held > period + 1 || (held < period + 1 && !Turn(row, period)))
            return;

        Interlocked.Increment(ref counts[(row * columns) + column]);
    }

    /// <summary>What was counted in a period; 0 when it is too long ago, or to come.</summary>
    public int Read(long period, int column)
    {
        if (period < 0)
            return 0;

        var row = (int)(period % periods);
        return Volatile.Read(ref rows[row]) == period + 1 ? Volatile.Read(ref counts[(row * columns) + column]) : 0;
    }

    private bool Turn(int row, long period)
    {
        lock (turning)
        {
            if (rows[row] > period + 1)
                return false;
            if (rows[row] < period + 1)
            {
                Array.Clear(counts, row * columns, columns);
                Volatile.Write(ref rows[row], period + 1);
            }

            return true;
        }
    }
}
