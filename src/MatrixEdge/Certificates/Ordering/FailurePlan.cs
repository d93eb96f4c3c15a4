using System.Collections.Immutable;

namespace MatrixEdge.Certificates.Ordering;

/// <summary>What a failure leads to: what is remembered of it, whose turn it is next, and when. Pure but for the jitter.</summary>
/// <param name="State">What is known from now on.</param>
/// <param name="Successor">The authority that is asked next, if it is not the one that failed.</param>
/// <param name="IsUrgent">Whether nothing valid is served, or not for much longer.</param>
internal sealed record FailurePlan(RenewalState State, IIssuer? Successor, bool IsUrgent)
{
    private const int FailuresBeforeNextIssuer = 3;

    // Longer than any authority's limits refill in; more is a mistake of something in between.
    private static readonly TimeSpan LongestClosed = TimeSpan.FromDays(2);

    /// <param name="names">Those that the site needs.</param>
    /// <param name="life">Of the certificate that is served, in the time of this computer; null when there is none.</param>
    public static FailurePlan Make(
        RenewalState state, IssuanceException failure, ImmutableArray<string> names, ImmutableArray<IIssuer> issuers, IIssuer issuer, CertificateLife? life, DateTimeOffset now, Random random)
    {
        var learnt = NameState.WithFailures(state.Names, now, failure.Refusals);
        foreach (var untried in failure.Untried.DistinctBy(refusal => refusal.Name).Where(refusal => names.Contains(refusal.Name)))
            learnt = learnt.SetItem(untried.Name, (learnt.GetValueOrDefault(untried.Name) ?? NameState.Unknown).WithFailure(now, 0, untried.Reason));

        // Names that are refused for good are not tried three times before the others go on without them.
        var refused = failure.Untried.Select(untried => untried.Name).Where(name => names.Contains(name)).Distinct().ToList();
        var goesOnWithout = failure.Kind == FailureKind.NeedsOperator && refused.Count > 0 && refused.Count < names.Length
            && refused.Any(name => state.Of(name).Failures < RenewalPolicy.FailuresBeforeLeavingOut);
        if (goesOnWithout)
        {
            foreach (var name in refused)
                learnt = learnt.SetItem(name, learnt[name] with { Failures = Math.Max(learnt[name].Failures, RenewalPolicy.FailuresBeforeLeavingOut) });
        }

        var retryAfter = Bounded(failure.RetryAfter, life, now);
        var isClosed = retryAfter is not null && failure.Kind is FailureKind.RateLimited or FailureKind.NeedsOperator;
        var issuerFailures = state.IssuerFailures + 1;
        var isUrgent = life is not { } valid || valid.NotAfter <= now || valid.ShareLeft(now) <= RenewalPolicy.EmergencyShare;
        var gives = issuers.Length > 1 && failure.Kind != FailureKind.Store && !goesOnWithout
            && (failure.Kind is FailureKind.NeedsOperator or FailureKind.RateLimited || issuerFailures >= FailuresBeforeNextIssuer
                || (isUrgent && failure.Kind == FailureKind.Unreachable && issuerFailures >= 2));
        var next = issuers[(issuers.IndexOf(issuer) + 1) % issuers.Length];

        var delay = goesOnWithout ? TimeSpan.FromMinutes(1)
            : gives && next != issuers[0] ? TimeSpan.FromSeconds(1 + (random.NextDouble() * 4))
            : RetrySchedule.Delay(
                failure.Kind, Math.Max(issuerFailures, (state.Failures + 1) / issuers.Length), isClosed && issuers.Length > 1 ? null : retryAfter, life, now, random);
        return new FailurePlan(
            state with
            {
                Failures = state.Failures + 1,
                IssuerFailures = gives ? 0 : issuerFailures,
                Issuer = !gives ? state.Issuer : next == issuers[0] ? null : next.Id,
                LastFailure = new Failure(now, failure.Kind, issuer.Name, failure.Message),
                NextAttempt = now + delay,
                Closed = isClosed ? state.Closed.SetItem(issuer.Id, now + retryAfter!.Value) : state.Closed,
                Names = learnt,
            },
            gives ? next : null,
            isUrgent);
    }

    private static TimeSpan? Bounded(TimeSpan? asked, CertificateLife? life, DateTimeOffset now)
    {
        if (asked is not { } wait)
            return null;

        var longest = LongestClosed;
        if (life is { } current && current.NotAfter > now && (current.NotAfter - now) / 2 < longest)
            longest = (current.NotAfter - now) / 2;
        longest = longest < TimeSpan.FromHours(1) ? TimeSpan.FromHours(1) : longest;
        return wait < longest ? wait : longest;
    }
}
