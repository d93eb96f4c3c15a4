using MatrixEdge.Doctor.Gathering;
using MatrixEdge.Observability;

namespace MatrixEdge.Doctor.Checks;

/// <summary>Whether silence is borne, as in a client's wait for news and in joining a large room.</summary>
internal sealed class LongPollCheck() : Check("long-poll", "Silent requests are kept", Piece.Echo)
{
    public override Finding Examine(Facts facts)
    {
        if (facts.Echo.WhyNot is { } reason)
            return Skip(reason);
        if (facts.Echo.Hold is not { } hold)
            return Skip("not looked at this time: it takes minutes (doctor --hold 100; the running gateway does so once an hour)");

        var seconds = hold.Length.TotalSeconds;
        return hold.Look.Status == 200
            ? Ok($"a request to which nothing is said for {seconds:0} s is kept", hold.Look.Words)
            : Fail(
                $"a request to which nothing is said for {seconds:0} s is cut off after {hold.Look.Took.TotalSeconds:0} s{(hold.Look.Status is { } status ? $" with {status}" : "")}: joining large rooms fails, and clients begin anew again and again",
                "Something in front gives up on requests before the homeserver does (nginx: proxy_read_timeout, 60 s; load balancers: 30 or 60 s; Cloudflare: 100 s)",
                "Set the time-out in front to three minutes at least",
                hold.Look.Words);
    }
}
