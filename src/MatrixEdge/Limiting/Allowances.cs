using System.Collections.Concurrent;
using MatrixEdge.Configuration;

namespace MatrixEdge.Limiting;

/// <summary>
/// What each client has used up of its allowances, as token buckets. Any number of threads; allocates only for a client that
/// is new. How much is allowed is said anew with each request: a changed configuration counts on with what was used.
/// </summary>
/// <remarks>
/// <para>
/// Of a bucket one number is kept: when it will be full again. It says how much is missing now, needs no timer to fill, and a bucket
/// that is full is one that need not be kept. The framework's partitioned limiter keeps an object per client, walks
/// all of them ten times a second, goes by its own clock, and has no upper bound; floods by IPv6 come from as many networks as
/// the sender cares to use.
/// </para>
/// <para>
/// At most <see cref="Most"/> clients are known at the same time; who is new then shares one allowance with all others that are new. With
/// an allowance of 30 in a minute it takes 32,000 requests in each second from different networks to get there.
/// </para>
/// </remarks>
internal sealed class Allowances(TimeProvider time)
{
    /// <summary>How many clients are remembered; some 100 bytes each.</summary>
    public const int Most = 65_536;

    // Looking for buckets that are full costs a look at each: as often as this many are new, or this much time has passed.
    private const int SweepEvery = 4096;
    private static readonly long SweepAfter = TimeSpan.FromSeconds(10).Ticks;

    private readonly ConcurrentDictionary<LimitKey, long> fullAgain = new();
    private readonly long begin = time.GetTimestamp();
    private long swept;
    private int known;
    private int fresh;

    /// <summary>How many clients are remembered now.</summary>
    public int Count => Volatile.Read(ref known);

    /// <summary>Takes one request off a client's allowance, if there is one left.</summary>
    /// <param name="key">Which client, and of what.</param>
    /// <param name="limit">Its allowance; not one that is off.</param>
    /// <param name="retryAfter">When false: how long until there will be one, if no other request takes it.</param>
    public bool TryTake(LimitKey key, RateLimit limit, out TimeSpan retryAfter)
    {
        var now = time.GetElapsedTime(begin).Ticks;
        var perRequest = limit.Per.Ticks / limit.Requests;
        var whole = perRequest * limit.Requests;
        while (true)
        {
            var isKnown = fullAgain.TryGetValue(key, out var before);
            if (!isKnown && !HasRoom(now))
            {
                key = LimitKey.OfTheRest(key.Group);
                isKnown = fullAgain.TryGetValue(key, out before);
            }

            // What is missing; a bucket that was emptied under a longer limit is empty under this one.
            var missing = isKnown ? Math.Clamp(before - now, 0, whole) : 0;
            if (missing + perRequest > whole)
            {
                retryAfter = TimeSpan.FromTicks(missing + perRequest - whole);
                return false;
            }

            retryAfter = TimeSpan.Zero;
            var after = now + missing + perRequest;
            if (isKnown)
            {
                if (fullAgain.TryUpdate(key, after, before))
                    return true;
            }
            else if (fullAgain.TryAdd(key, after))
            {
                Interlocked.Increment(ref known);
                Interlocked.Increment(ref fresh);
                return true;
            }
        }
    }

    private bool HasRoom(long now)
    {
        var last = Volatile.Read(ref swept);
        var isFull = Volatile.Read(ref known) >= Most;
        var isDue = Volatile.Read(ref fresh) >= SweepEvery || now - last >= SweepAfter || (isFull && now - last >= TimeSpan.TicksPerSecond);
        if (isDue && Interlocked.CompareExchange(ref swept, now, last) == last)
        {
            Volatile.Write(ref fresh, 0);
            foreach (var bucket in fullAgain)
            {
                if (bucket.Value <= now && fullAgain.TryRemove(bucket))
                    Interlocked.Decrement(ref known);
            }
        }

        return Volatile.Read(ref known) < Most;
    }
}
