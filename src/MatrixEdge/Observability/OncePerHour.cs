namespace MatrixEdge.Observability;

/// <summary>
/// Decides what is told again: the same matter, by its key, once an hour, however often it happens. Keeps so many keys; when those are
/// all of the last hour, further ones are one matter together, and whichever is next speaks for them.
/// </summary>
/// <param name="most">How many keys are kept.</param>
internal sealed class OncePerHour<T>(TimeProvider time, int most = 1000)
    where T : notnull
{
    private static readonly TimeSpan Interval = TimeSpan.FromHours(1);

    // Looking for what may be forgotten costs a look at each, and whoever floods would have it done for each request.
    private static readonly TimeSpan SweepAfter = TimeSpan.FromMinutes(1);

    private readonly Lock gate = new();
    private readonly Dictionary<T, Matter> told = [];
    private Matter? rest;
    private long? swept;

    /// <summary>True for the first of the hour; whoever asks, tells.</summary>
    public bool IsDue(T key) => IsDue(key, out _);

    /// <param name="times">When true: how often it has happened since it was told last, this time included.</param>
    /// <inheritdoc cref="IsDue(T)"/>
    public bool IsDue(T key, out long times)
    {
        lock (gate)
        {
            var now = time.GetTimestamp();
            var matter = Find(key, now);
            matter.Times++;
            times = matter.Times;
            if (matter.ToldAt is { } last && time.GetElapsedTime(last, now) < Interval)
                return false;

            matter.ToldAt = now;
            matter.Times = 0;
            return true;
        }
    }

    private Matter Find(T key, long now)
    {
        if (told.TryGetValue(key, out var known))
            return known;

        if (told.Count >= most && (swept is not { } last || time.GetElapsedTime(last, now) >= SweepAfter))
        {
            swept = now;
            foreach (var (old, matter) in told)
            {
                if (time.GetElapsedTime(matter.ToldAt!.Value, now) >= Interval)
                    told.Remove(old);
            }
        }

        return told.Count < most ? told[key] = new Matter() : rest ??= new Matter();
    }

    private sealed class Matter
    {
        public long? ToldAt { get; set; }

        public long Times { get; set; }
    }
}
