namespace MatrixEdge.Observability;

/// <summary>The values of one instrument with the same tags. Any number of threads write; nothing is allocated or locked for it.</summary>
/// <param name="labels">The tags as Prometheus writes them, between the braces.</param>
/// <param name="bounds">The upper bounds of a histogram's buckets; empty for anything else.</param>
internal sealed class MetricSeries(string labels, double[] bounds)
{
    private readonly long[] buckets = new long[bounds.Length + 1];
    private double sum;

    public string Labels { get; } = labels;

    /// <summary>The sum of all values, or the latest one.</summary>
    public double Value => Volatile.Read(ref sum);

    public void Set(double value) => Volatile.Write(ref sum, value);

    public void Add(double value)
    {
        for (var before = Volatile.Read(ref sum); ;)
        {
            var now = Interlocked.CompareExchange(ref sum, before + value, before);
            if (BitConverter.DoubleToInt64Bits(now) == BitConverter.DoubleToInt64Bits(before))
                return;
            before = now;
        }
    }

    /// <summary>Takes a histogram's value.</summary>
    public void Observe(double value)
    {
        var bucket = 0;
        while (bucket < bounds.Length && !(value <= bounds[bucket]))
            bucket++;
        Interlocked.Increment(ref buckets[bucket]);
        Add(value);
    }

    /// <summary>How many values each bucket has with those below it; the last one has all.</summary>
    public long[] Cumulated()
    {
        var cumulated = new long[buckets.Length];
        var total = 0L;
        for (var i = 0; i < buckets.Length; i++)
            cumulated[i] = total += Volatile.Read(ref buckets[i]);
        return cumulated;
    }
}
