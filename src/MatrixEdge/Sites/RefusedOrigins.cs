using System.Collections.Concurrent;
using System.Collections.Immutable;

namespace MatrixEdge.Sites;

/// <summary>
/// The cell that holds which servers a site does not serve, and why. Anybody can claim any name here, so only so many are kept:
/// of servers that were once believed the latest, of others the most frequent, so that names that are made up push out one another
/// and nobody else. Since the start.
/// </summary>
internal sealed class RefusedOrigins(TimeProvider time)
{
    /// <summary>How many servers are kept that were believed, and how many others.</summary>
    public const int MostOfEach = 100;

    private static readonly RefusalCause[] Causes = Enum.GetValues<RefusalCause>();

    private readonly Lock gate = new();
    private readonly ConcurrentDictionary<string, RefusedOrigin> origins = new(StringComparer.OrdinalIgnoreCase);
    private readonly long[] byCause = new long[Causes.Length];
    private long forgotten;
    private volatile bool hasAny;

    /// <summary>Those that are kept, the latest first.</summary>
    public ImmutableArray<RefusedOrigin> All => [.. origins.Values.OrderByDescending(origin => origin.Last).ThenBy(origin => origin.Name, StringComparer.Ordinal)];

    /// <summary>How many servers were not kept, or not for long: each may have been counted several times.</summary>
    public long Forgotten => Interlocked.Read(ref forgotten);

    /// <summary>How many requests were not served, by cause; every cause is there.</summary>
    public IEnumerable<(RefusalCause Cause, long Requests)> ByCause => Causes.Select(cause => (cause, Interlocked.Read(ref byCause[(int)cause])));

    /// <summary>Counts a request that was not served, and returns what is known of its sender now.</summary>
    public RefusedOrigin Note(string name, bool isKnown, Refusal refusal)
    {
        Interlocked.Increment(ref byCause[(int)refusal.Cause]);
        lock (gate)
        {
            hasAny = true;
            var now = time.GetUtcNow();
            var before = origins.GetValueOrDefault(name);
            if (before?.IsKnown != isKnown)
                MakeRoom(isKnown);
            return origins[name] = new RefusedOrigin(before?.Name ?? name, isKnown, (before?.Requests ?? 0) + 1, (before?.InARow ?? 0) + 1, now, refusal);
        }
    }

    /// <summary>Notes that a server was served. Costs a look where it had not been refused before.</summary>
    public void NoteServed(ReadOnlySpan<char> name)
    {
        if (!hasAny || !origins.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(name, out var found) || found.InARow == 0)
            return;

        lock (gate)
        {
            if (!origins.TryGetValue(found.Name, out var before))
                return;
            if (!before.IsKnown)
                MakeRoom(forKnown: true);
            origins[found.Name] = before with { IsKnown = true, InARow = 0 };
        }
    }

    private void MakeRoom(bool forKnown)
    {
        var same = origins.Values.Where(origin => origin.IsKnown == forKnown).ToList();
        if (same.Count < MostOfEach)
            return;

        var least = forKnown ? same.MinBy(origin => origin.Last)! : same.OrderBy(origin => origin.Requests).ThenBy(origin => origin.Last).First();
        origins.TryRemove(least.Name, out _);
        Interlocked.Increment(ref forgotten);
    }
}
