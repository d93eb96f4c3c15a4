namespace MatrixEdge.Limiting;

/// <summary>How often something was refused, and whether it is time to say so: at once, and again after an hour if it goes on.</summary>
internal sealed class Refusals
{
    public static readonly TimeSpan Pause = TimeSpan.FromHours(1);

    private long saidAt = long.MinValue;
    private long count;

    /// <summary>Counts one. True when it should be said now; <paramref name="refused"/> is how many there were since it was said last.</summary>
    public bool Note(TimeProvider time, out long refused)
    {
        refused = 0;
        Interlocked.Increment(ref count);
        var said = Volatile.Read(ref saidAt);
        if (!IsOver(said, time) || Interlocked.CompareExchange(ref saidAt, time.GetTimestamp(), said) != said)
            return false;

        refused = Interlocked.Exchange(ref count, 0);
        return true;
    }

    /// <summary>True when it was said so long ago that it may be forgotten.</summary>
    public bool IsOver(TimeProvider time) => IsOver(Volatile.Read(ref saidAt), time);

    private static bool IsOver(long said, TimeProvider time) => said == long.MinValue || time.GetElapsedTime(said) >= Pause;
}
