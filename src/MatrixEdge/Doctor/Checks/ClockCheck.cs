using System.Globalization;
using MatrixEdge.Doctor.Gathering;
using MatrixEdge.Doctor.Looking;
using MatrixEdge.Observability;

namespace MatrixEdge.Doctor.Checks;

/// <summary>Whether the server's clock and this host's agree.</summary>
internal sealed class ClockCheck() : Check("clock", "Clocks agree", Piece.Federation | Piece.ClientApi)
{
    private static readonly TimeSpan Slack = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Harm = TimeSpan.FromMinutes(5);

    public override Finding Examine(Facts facts)
    {
        var differences = facts.Federation.Looks.Select(look => look.Keys).Concat(facts.ClientApi.Versions.Select(visit => visit.Last))
            .Select(look => (Look: look, Difference: Difference(look))).Where(entry => entry.Difference is not null).ToList();
        if (differences.Count == 0)
            return Skip("no answer says what time it is");

        var (look, difference) = differences.MaxBy(entry => entry.Difference!.Value.Duration());
        var evidence = differences.Select(entry => string.Create(CultureInfo.InvariantCulture, $"{entry.Look.Request.Address} at {entry.Look.EndPoint.Address}: Date: {entry.Look.Header("Date")}, {entry.Difference!.Value.TotalSeconds:+0;-0;0} s"));
        if (difference!.Value.Duration() <= Slack)
            return Ok("the server's clock and this host's agree to the minute", evidence);

        var summary = string.Create(CultureInfo.InvariantCulture, $"the clock of {look.Request.Host} is {difference.Value.Duration().TotalMinutes:0.#} minutes {(difference > TimeSpan.Zero ? "ahead of" : "behind")} this host's");
        const string cause = "One of both is wrong; keys, events and certificates are judged by it, and other servers refuse what seems to come from another time";
        const string remedy = "Let both hosts take their time from the network: timedatectl set-ntp true, or chrony";
        return difference.Value.Duration() > Harm ? Fail(summary, cause, remedy, evidence) : Warn(summary, cause, remedy, evidence);
    }

    // A cached answer has the time of when it was made (RFC 9111 §5.1); any other, a moment between the question and the answer.
    private static TimeSpan? Difference(HttpLook look) =>
        look.Header("Age") is not null || !DateTimeOffset.TryParse(look.Header("Date"), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at) ? null
        : at > look.At ? at - look.At
        : at < look.At - look.Took ? at - (look.At - look.Took)
        : TimeSpan.Zero;
}
