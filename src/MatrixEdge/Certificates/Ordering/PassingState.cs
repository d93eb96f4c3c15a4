namespace MatrixEdge.Certificates.Ordering;

/// <summary>
/// Waits while an order or authorization is in a state that should lead to another: one that was invented after this program
/// was written, or one that an authority's other server still shows.
/// </summary>
internal static class PassingState
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(3);

    /// <summary>What was seen last; after <paramref name="limit"/> even if it is still passing.</summary>
    public static async Task<T> WaitAsync<T>(Func<Task<T>> look, Func<T, bool> isPassing, TimeSpan limit, TimeProvider time, CancellationToken stop)
    {
        var begin = time.GetTimestamp();
        while (true)
        {
            var seen = await look();
            if (!isPassing(seen) || time.GetElapsedTime(begin) >= limit)
                return seen;

            await Task.Delay(Pause, time, stop);
        }
    }
}
