using System.Collections.Concurrent;
using System.Collections.Immutable;

namespace MatrixEdge.Sites;

/// <summary>
/// Which servers come to a site, how often, and by which way while federation moves. Counted is what the homeserver
/// answered to a request that needs a signature, so that nobody is counted who only claims a name. Kept in memory, since the start.
/// </summary>
internal sealed class FederationOrigins
{
    // More would be somebody's invention: the whole public federation is of this size.
    private const int Most = 20_000;

    private readonly TimeProvider time;
    private readonly ConcurrentDictionary<string, Visits> origins = new(StringComparer.OrdinalIgnoreCase);
    private readonly ConcurrentDictionary<string, Visits>.AlternateLookup<ReadOnlySpan<char>> bySpan;

    public FederationOrigins(TimeProvider time)
    {
        this.time = time;
        bySpan = origins.GetAlternateLookup<ReadOnlySpan<char>>();
        Since = time.GetUtcNow();
    }

    /// <summary>When counting began.</summary>
    public DateTimeOffset Since { get; }

    /// <summary>Every server that came, the most frequent first.</summary>
    public ImmutableArray<FederationOrigin> All =>
        [.. origins.Select(pair => pair.Value.Read(pair.Key)).OrderByDescending(origin => origin.Requests).ThenBy(origin => origin.Name, StringComparer.Ordinal)];

    /// <summary>Whether a server came since the start.</summary>
    public bool Contains(ReadOnlySpan<char> origin) => bySpan.ContainsKey(origin);

    /// <summary>Counts a request. Allocates for a server's first one only.</summary>
    public void Note(ReadOnlySpan<char> origin, bool byFormerWay)
    {
        if (!bySpan.TryGetValue(origin, out var visits))
        {
            if (origins.Count >= Most)
                return;
            visits = origins.GetOrAdd(origin.ToString(), static _ => new Visits());
        }

        visits.Note(byFormerWay, time.GetUtcNow().UtcTicks);
    }

    private sealed class Visits
    {
        private long requests;
        private long lastByFormerWay;
        private long lastByPresentWay;

        public void Note(bool byFormerWay, long now)
        {
            Interlocked.Increment(ref requests);
            Volatile.Write(ref byFormerWay ? ref lastByFormerWay : ref lastByPresentWay, now);
        }

        public FederationOrigin Read(string name) => new(name, Volatile.Read(ref requests), At(Volatile.Read(ref lastByFormerWay)), At(Volatile.Read(ref lastByPresentWay)));

        private static DateTimeOffset? At(long ticks) => ticks == 0 ? null : new DateTimeOffset(ticks, TimeSpan.Zero);
    }
}
