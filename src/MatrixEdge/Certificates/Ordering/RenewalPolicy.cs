using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;

namespace MatrixEdge.Certificates.Ordering;

/// <summary>
/// Decides when a certificate is renewed, and for which names. Pure. In this order: the authority's window (RFC 9773), else a
/// share of the life, and whatever that says, the emergency floor.
/// </summary>
internal static class RenewalPolicy
{
    /// <summary>With less than this share of its life left a certificate is renewed whatever the authority suggests.</summary>
    public const double EmergencyShare = 1.0 / 20;

    /// <summary>After so many failures in a row a name no longer holds the others back.</summary>
    public const int FailuresBeforeLeavingOut = 3;

    // Let's Encrypt issues five certificates a week for the same names; the last is for emergencies. Authorities of shorter
    // lives have other rules.
    private const int IssuedPerWeek = 4;
    private const int IssuedPerWeekInEmergency = 5;
    private static readonly TimeSpan Week = TimeSpan.FromDays(7);
    private static readonly TimeSpan CountedLength = TimeSpan.FromDays(6);

    /// <summary>The share of its life at the end of which a certificate without a suggested window is renewed.</summary>
    public static double ShareToRenewAt(CertificateLife life) => life.Length < TimeSpan.FromDays(10) ? 1.0 / 2 : 1.0 / 3;

    public static RenewalDecision Decide(RenewalFacts facts)
    {
        var (due, reason) = WhenDue(facts);
        var names = NamesToOrder(facts, reason);

        // Lower bounds: our own patience after a failure, and what the authority counts.
        if (facts.State.NextAttempt is { } next && next > due)
            due = next;
        var open = WhenIssuedAgain(facts, names, reason);
        foreach (var name in names)
        {
            var asked = facts.State.Of(name).MayBeAsked(facts.Now);
            if (asked > open)
                open = asked;
        }

        return new RenewalDecision(open > due ? open : due, reason, names);
    }

    private static (DateTimeOffset Due, RenewalReason Reason) WhenDue(RenewalFacts facts)
    {
        var now = facts.Now;
        if (facts.Life is not { } life)
            return (now, RenewalReason.None);

        // The certificate is valid until the end of its last second (RFC 5280 §4.1.2.5).
        if (life.NotAfter + TimeSpan.FromSeconds(1) <= now)
            return (now, RenewalReason.Expired);
        if (facts.State.Asked is not null)
            return (now, RenewalReason.Asked);

        var renewal = WhenRenewed(facts, life);
        if (renewal.Due <= now)
            return renewal;
        if (facts.SettingsDiffer)
            return (now, RenewalReason.Settings);
        if (facts.HasSurplus || facts.Missing.Any(name => !IsLeftOut(facts, name)))
            return (now, RenewalReason.Names);
        if (facts.Missing.IsEmpty)
            return renewal;

        // Only names that keep failing are missing: each is tried again on its own schedule.
        var retry = facts.Missing.Min(name => RetryOf(facts, name));
        return retry < renewal.Due ? (retry, RenewalReason.Names) : renewal;
    }

    private static (DateTimeOffset Due, RenewalReason Reason) WhenRenewed(RenewalFacts facts, CertificateLife life)
    {
        var floor = life.NotAfter - (life.Length * EmergencyShare);
        DateTimeOffset planned;
        RenewalReason reason;
        if (facts.State.Window is { } window && window.Certificate == facts.Certificate)
        {
            // A window that has always begun, for every new certificate, must not become a loop. Once a week it may come as a
            // surprise, however new the certificate is: authorities that must revoke do so within a day.
            var spacing = TimeSpan.FromTicks(Math.Min(life.Length.Ticks / 16, TimeSpan.TicksPerDay));
            var recent = facts.State.Issued.Where(issued => issued.At > facts.Now - Week).ToList();
            var soonest = recent.Count > 1 ? recent[^1].At + spacing : DateTimeOffset.MinValue;
            planned = window.Selected > soonest ? window.Selected : soonest;
            reason = RenewalReason.Window;
        }
        else
        {
            // A little earlier, each certificate by another bit: not all gateways of the world at once.
            planned = life.NotAfter - (life.Length * (ShareToRenewAt(life) + (0.02 * Fraction(facts.Certificate))));
            reason = RenewalReason.Share;
        }

        return planned <= floor ? (planned, reason) : (floor, RenewalReason.Emergency);
    }

    // All, unless some keep failing and the others are in need.
    private static ImmutableArray<string> NamesToOrder(RenewalFacts facts, RenewalReason reason)
    {
        var failing = facts.Wanted.Where(name => IsLeftOut(facts, name) && RetryOf(facts, name) > facts.Now).ToHashSet();
        if (failing.Count == 0 || failing.Count == facts.Wanted.Length)
            return facts.Wanted;

        // With a certificate that has all names there is time for the operator to mend it.
        var hasAll = facts.Life is not null && facts.Missing.IsEmpty;
        if (hasAll && reason is not RenewalReason.Expired && facts.Life!.Value.ShareLeft(facts.Now) > 1.0 / 8)
            return facts.Wanted;

        return [.. facts.Wanted.Where(name => !failing.Contains(name))];
    }

    private static bool IsLeftOut(RenewalFacts facts, string name) => facts.State.Of(name).Failures >= FailuresBeforeLeavingOut;

    // After three failures every six hours, after a week of that once a day.
    private static DateTimeOffset RetryOf(RenewalFacts facts, string name)
    {
        var state = facts.State.Of(name);
        return (state.LastFailure ?? DateTimeOffset.MinValue) + TimeSpan.FromHours(state.Failures < 28 ? 6 : 24);
    }

    private static DateTimeOffset WhenIssuedAgain(RenewalFacts facts, ImmutableArray<string> names, RenewalReason reason)
    {
        // Within its window a renewal is not counted (RFC 9773 §5, Let's Encrypt's rate limits).
        if (reason == RenewalReason.Window && facts.State.Window is { } window && facts.Now < window.End)
            return DateTimeOffset.MinValue;

        var key = IssuedRecord.KeyOf(names);

        var same = facts.State.Issued
            .Where(issued => issued.Names == key && issued.At <= facts.Now && (facts.Issuer is null || issued.Issuer is null || issued.Issuer == facts.Issuer)).ToList();

        // Never in a loop over what an order does not change, whatever that may be.
        if (reason is RenewalReason.Names or RenewalReason.Settings && same.FindAll(issued => issued.At > facts.Now - TimeSpan.FromDays(1)) is [_, _, .., var latest])
            return latest.At + TimeSpan.FromTicks(Math.Min(latest.Length.Ticks / 16, TimeSpan.TicksPerDay));

        var counted = same.Where(issued => !issued.IsExempt && issued.Length >= CountedLength && issued.At > facts.Now - Week).Select(issued => issued.At).Order().ToList();
        var allowed = reason is RenewalReason.None or RenewalReason.Expired or RenewalReason.Emergency ? IssuedPerWeekInEmergency : IssuedPerWeek;
        return counted.Count < allowed ? DateTimeOffset.MinValue : counted[^allowed] + Week;
    }

    private static double Fraction(string? certificate) =>
        certificate is null ? 0 : BitConverter.ToUInt32(SHA256.HashData(Encoding.ASCII.GetBytes(certificate))) / (double)uint.MaxValue;
}
