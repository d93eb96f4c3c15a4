namespace MatrixEdge.Listening;

/// <summary>
/// Decides what is told again: the same matter, by its key, once an hour, however often it happens. Keeps a thousand keys; when those
/// are all of the last hour, further ones are not told.
/// </summary>
internal sealed class OncePerHour<T>(TimeProvider time)
    where T : notnull
{
    private const int Most = 1000;
    private static readonly TimeSpan Interval = TimeSpan.FromHours(1);

    private readonly Lock gate = new();
    private readonly Dictionary<T, long> told = [];

    /// <summary>True for the first of the hour; whoever asks, tells.</summary>
    public bool IsDue(T key)
    {
        lock (gate)
        {
            var now = time.GetTimestamp();
            bool IsOver(long since) => time.GetElapsedTime(since, now) >= Interval;

            if (told.TryGetValue(key, out var last) && !IsOver(last))
                return false;

            if (told.Count >= Most)
            {
                foreach (var (old, since) in told)
                {
                    if (IsOver(since))
                        told.Remove(old);
                }

                if (told.Count >= Most)
                    return false;
            }

            told[key] = now;
            return true;
        }
    }
}
