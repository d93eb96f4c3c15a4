using System.Collections.Immutable;
using MatrixEdge.Configuration;

namespace MatrixEdge.Certificates.Ordering;

/// <summary>What is remembered of a name.</summary>
/// <param name="Failures">How many attempts in a row could not validate it.</param>
/// <param name="FailedAt">When authorities failed to validate it, within the last day: what they count, too.</param>
/// <param name="Reason">The authority's last words about it.</param>
/// <param name="Proven">How it was validated the last time it was.</param>
internal sealed record NameState(int Failures, ImmutableArray<DateTimeOffset> FailedAt, string? Reason, ChallengeType? Proven)
{
    /// <summary>An authority accepts five an hour; the fifth is left for what the gateway did not count.</summary>
    public const int FailuresPerHour = 4;

    public static readonly NameState Unknown = new(0, [], null, null);

    public DateTimeOffset? LastFailure { get; init; }

    /// <summary>When an authority may be asked about the name without using up what it allows.</summary>
    public DateTimeOffset MayBeAsked(DateTimeOffset now)
    {
        var recent = FailedAt.Where(time => time > now - TimeSpan.FromHours(1)).ToList();
        return recent.Count < FailuresPerHour ? now : recent[^FailuresPerHour] + TimeSpan.FromHours(1);
    }

    /// <param name="tries">How often an authority tried to validate the name; 0 when none was asked.</param>
    public NameState WithFailure(DateTimeOffset now, int tries, string reason) => this with
    {
        Failures = Failures + 1,
        FailedAt = [.. FailedAt.Where(time => time > now - TimeSpan.FromDays(1)), .. Enumerable.Repeat(now, tries)],
        LastFailure = now,
        Reason = reason,
    };

    /// <summary>Without what lies after a moment: the clock was ahead when it was written.</summary>
    public NameState Until(DateTimeOffset now) => this with
    {
        FailedAt = [.. FailedAt.Where(time => time <= now)],
        LastFailure = LastFailure > now ? now : LastFailure,
    };

    /// <summary>All names, after authorities refused some: one attempt, however many tries it took.</summary>
    public static ImmutableDictionary<string, NameState> WithFailures(ImmutableDictionary<string, NameState> names, DateTimeOffset now, IEnumerable<ValidationFailure> refusals)
    {
        foreach (var group in refusals.GroupBy(refusal => refusal.Name))
            names = names.SetItem(group.Key, (names.GetValueOrDefault(group.Key) ?? Unknown).WithFailure(now, group.Count(), group.Last().Reason));
        return names;
    }

    public NameState WithSuccess(ChallengeType? proven) => this with { Failures = 0, Reason = null, Proven = proven ?? Proven };
}
