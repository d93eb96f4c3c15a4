namespace MatrixEdge.Certificates.Ordering;

/// <summary>When to try again after a failure. Pure: the same facts give the same answer, but for the jitter.</summary>
internal static class RetrySchedule
{
    private static readonly TimeSpan Longest = TimeSpan.FromHours(6);
    private static readonly TimeSpan LongestWithTime = TimeSpan.FromDays(1);

    // A network that is not up yet when the gateway starts costs the authority nothing: seconds first.
    private static readonly TimeSpan[] Transient =
    [
        TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(15), TimeSpan.FromSeconds(40), TimeSpan.FromMinutes(2), TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(10),
        TimeSpan.FromMinutes(20), TimeSpan.FromMinutes(30), TimeSpan.FromHours(1), TimeSpan.FromHours(2), TimeSpan.FromHours(4), Longest,
    ];

    // Each costs a failed authorization: Let's Encrypt allows five an hour and name.
    private static readonly TimeSpan[] Counted =
    [
        TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(3), TimeSpan.FromMinutes(10), TimeSpan.FromMinutes(30), TimeSpan.FromHours(1),
        TimeSpan.FromHours(2), TimeSpan.FromHours(4), Longest, Longest, Longest, Longest, TimeSpan.FromHours(12), LongestWithTime,
    ];

    // Issued and not usable: every further one counts against the five a week for the same names.
    private static readonly TimeSpan[] Costly = [TimeSpan.FromMinutes(1), TimeSpan.FromHours(1), Longest, LongestWithTime];

    private static readonly TimeSpan[] Hopeless = [Longest, LongestWithTime];

    /// <summary>How long to wait.</summary>
    /// <param name="failures">How many in a row, this one included; at least 1.</param>
    /// <param name="retryAfter">The authority's own word: never asked before.</param>
    /// <param name="life">Of the certificate that is served; null when there is none.</param>
    public static TimeSpan Delay(FailureKind kind, int failures, TimeSpan? retryAfter, CertificateLife? life, DateTimeOffset now, Random random)
    {
        var steps = kind switch
        {
            FailureKind.Validation => Counted,
            FailureKind.BadAnswer => Costly,
            FailureKind.NeedsOperator => Hopeless,
            FailureKind.RateLimited => retryAfter is null ? Counted : Transient,
            _ => Transient,
        };
        var delay = steps[Math.Clamp(failures, 1, steps.Length) - 1];
        if (life is { } current)
        {
            var left = current.NotAfter - now;
            var hasTime = current.ShareLeft(now) > 0.25 && left > TimeSpan.FromDays(10);
            if (!hasTime && delay > Longest)
                delay = Longest;

            // Towards the end, and with short lives, more often: eight more chances before it expires, at least.
            if (left > TimeSpan.Zero && current.ShareLeft(now) <= RenewalPolicy.EmergencyShare && delay > left / 8)
                delay = left / 8;
            else if (delay > current.Length / 40)
                delay = Max(current.Length / 40, TimeSpan.FromSeconds(5));

            // Not past the moment from which on every hour counts.
            var untilThen = left - (current.Length * RenewalPolicy.EmergencyShare);
            if (untilThen > TimeSpan.Zero && delay > untilThen)
                delay = Max(untilThen, TimeSpan.FromSeconds(5));
        }

        // Never the same second for all gateways of the world, never sooner than was asked for.
        delay *= 1 + (random.NextDouble() * 0.2);
        return retryAfter is { } asked && asked > delay ? asked + TimeSpan.FromSeconds(random.NextDouble() * 30) : Max(delay, TimeSpan.FromSeconds(1));
    }

    private static TimeSpan Max(TimeSpan one, TimeSpan other) => one > other ? one : other;
}
