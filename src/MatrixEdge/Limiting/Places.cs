using System.Threading.RateLimiting;
using MatrixEdge.Configuration;

namespace MatrixEdge.Limiting;

/// <summary>
/// The places of one site at its homeserver, under one configuration. When that changes, new requests get places of the new one; those
/// that have a place here, or wait for one, finish with it, so for a moment there may be more under way than either allows.
/// </summary>
internal sealed class Places(ConcurrencySettings settings) : IDisposable
{
    // How many each client has, in slots that several clients may share: it is right for whoever has few, and needs no memory.
    private const int Slots = 1024;
    private readonly int[] perClient = new int[Slots];

    private readonly ConcurrencyLimiter limiter = new(new ConcurrencyLimiterOptions
    {
        PermitLimit = settings.Requests,
        QueueLimit = settings.Queue,
        QueueProcessingOrder = QueueProcessingOrder.OldestFirst,
    });

    public ConcurrencySettings Settings { get; } = settings;

    /// <summary>How many requests are under way, and how many wait.</summary>
    public (long Running, long Waiting) Now
    {
        get
        {
            var statistics = limiter.GetStatistics()!;
            return (Settings.Requests - statistics.CurrentAvailablePermits, statistics.CurrentQueuedCount);
        }
    }

    /// <summary>Counts a client's request, waiting or not, until <see cref="Leave"/>; false when it has as many as it may have.</summary>
    public bool TryJoin(LimitKey client, out int slot)
    {
        slot = (int)((uint)client.GetHashCode() % Slots);
        if (Interlocked.Increment(ref perClient[slot]) <= Settings.PerClient || Settings.PerClient == 0)
            return true;

        Leave(slot);
        return false;
    }

    public void Leave(int slot) => Interlocked.Decrement(ref perClient[slot]);

    /// <summary>A place, if one is free and nobody waits for it.</summary>
    public RateLimitLease TryTake() => limiter.AttemptAcquire();

    /// <summary>A place, when it is this request's turn; a lease that was not acquired when too many wait already.</summary>
    public ValueTask<RateLimitLease> TakeAsync(CancellationToken stop) => limiter.AcquireAsync(1, stop);

    public void Dispose() => limiter.Dispose();
}
