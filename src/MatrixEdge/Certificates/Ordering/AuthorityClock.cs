namespace MatrixEdge.Certificates.Ordering;

/// <summary>
/// What time it is by the authority's clock, where ours is off by more than answers take: certificates are judged by it, so
/// that a wrong clock does not make good ones look expired.
/// </summary>
internal sealed class AuthorityClock(TimeProvider time)
{
    private static readonly TimeSpan Tolerance = TimeSpan.FromMinutes(5);

    private Reading? reading;

    /// <summary>The authority's clock minus ours; zero where they agree, and where nothing is known.</summary>
    public TimeSpan Skew
    {
        get
        {
            if (reading is not { } last)
                return TimeSpan.Zero;

            // Our clock was set since, or the computer slept: what was read then says nothing about it now.
            var passed = time.GetUtcNow() - last.At;
            if ((passed - time.GetElapsedTime(last.Timestamp)).Duration() <= Tolerance)
                return last.Skew;

            reading = null;
            return TimeSpan.Zero;
        }
    }

    /// <summary>Takes what an answer showed; null, where none came, changes nothing.</summary>
    public void Read(TimeSpan? seen)
    {
        if (seen is { } skew)
            reading = new Reading(skew.Duration() > Tolerance ? skew : TimeSpan.Zero, time.GetUtcNow(), time.GetTimestamp());
    }

    private sealed record Reading(TimeSpan Skew, DateTimeOffset At, long Timestamp);
}
