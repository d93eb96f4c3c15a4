using System.Threading.RateLimiting;
using MatrixEdge.Protocol;

namespace MatrixEdge.Limiting;

/// <summary>What <see cref="RequestLimits"/> says to a request: that it may go on, holding its place until this is disposed, or why not.</summary>
internal readonly struct LimitLease : IDisposable
{
    private readonly Places? places;
    private readonly int slot;
    private readonly RateLimitLease? place;
    private readonly MatrixError? refusal;

    private LimitLease(bool isRefused, MatrixError? refusal) => (IsRefused, this.refusal) = (isRefused, refusal);

    private LimitLease(Places places, int slot, RateLimitLease place) => (this.places, this.slot, this.place) = (places, slot, place);

    /// <summary>True when the request must not go on.</summary>
    public bool IsRefused { get; }

    public static LimitLease Of(Places places, int slot, RateLimitLease place) => new(places, slot, place);

    public static LimitLease Refused(MatrixError refusal) => new(isRefused: true, refusal);

    /// <summary>Nobody is there any more to hear an answer.</summary>
    public static LimitLease Abandoned() => new(isRefused: true, refusal: null);

    /// <summary>Answers a request that was refused.</summary>
    public Task AnswerAsync(HttpContext context) => refusal?.WriteAsync(context) ?? Task.CompletedTask;

    public void Dispose()
    {
        place?.Dispose();
        places?.Leave(slot);
    }
}
