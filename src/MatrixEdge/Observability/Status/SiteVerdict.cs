using MatrixEdge.Observability;

namespace MatrixEdge.Observability.Status;

/// <summary>
/// The verdict on a site in one sentence: what the gateway knows of itself at this moment, and what was found at the last look from
/// outside. The worst counts; of equals, what is known now.
/// </summary>
internal sealed record SiteVerdict(StatusVerdict Verdict, string Sentence)
{
    private const int MostNames = 2;

    /// <param name="homeserverTrouble">Why the homeserver is not reached; null when it is.</param>
    public static SiteVerdict Of(string name, Examination? examination, ListedCertificate? certificate, string? homeserverTrouble, MaintenanceListing.Entry maintenance)
    {
        if (certificate is not { NotAfter: not null })
        {
            var why = certificate?.LastFailure is { } failure ? $"; the last attempt to get one failed: {failure.Message.TrimEnd('.')}" : "";
            return new(StatusVerdict.Fail, $"{name} is not well: it has no certificate yet{why}.");
        }

        if (certificate.Trouble is { } trouble)
            return new(StatusVerdict.Fail, $"{name} is not well: {trouble}.");
        if (maintenance.On) // what else fails meanwhile is meant to
            return new(StatusVerdict.Warn, $"{name} is being maintained since {Words.Of(maintenance.Since ?? default)}: clients and servers get 503.");
        if (homeserverTrouble is not null)
            return new(StatusVerdict.Fail, $"{name} is not well: {homeserverTrouble}.");
        if (examination?.Verdict == FindingOutcome.Fail)
            return new(StatusVerdict.Fail, examination.Sentence);
        if (certificate is { Failures: > 0, NotAfter: { } notAfter })
            return new(StatusVerdict.Warn, $"{name} works, but the last {Words.Count(certificate.Failures, "attempt")} to renew its certificate failed; it is valid until {Words.Of(notAfter)}.");
        if (!certificate.LeftOut.IsEmpty)
            return new(StatusVerdict.Warn, $"{name} works, but its certificate is not for {string.Join(", ", certificate.LeftOut.Select(left => left.Name))}.");
        return examination switch
        {
            null => new(StatusVerdict.Unknown, $"{name} has not been looked at from outside so far; from inside, nothing is amiss."),
            { Verdict: FindingOutcome.Warn } => new(StatusVerdict.Warn, examination.Sentence),
            _ => new(StatusVerdict.Ok, examination.Sentence),
        };
    }

    /// <summary>The verdict on all; those are named that are the worst, as far as they are few.</summary>
    public static SiteVerdict Of(IReadOnlyCollection<(string Name, SiteVerdict Verdict)> all)
    {
        var sites = all.Select(site => site.Verdict).ToList();
        if (sites.Count <= 1)
            return sites.FirstOrDefault() ?? new(StatusVerdict.Unknown, "There is no site in the configuration, so nobody is served.");

        var counts = sites.GroupBy(site => site.Verdict).ToDictionary(group => group.Key, group => group.Count());
        var worst = counts.Keys.Max();
        var n = counts[worst];
        var names = n <= MostNames ? $": {string.Join(", ", all.Where(site => site.Verdict.Verdict == worst).Select(site => site.Name))}" : "";
        return new(worst, worst switch
        {
            StatusVerdict.Fail => $"{n} of {sites.Count} sites {(n == 1 ? "is" : "are")} not well{names}.",
            StatusVerdict.Warn => $"All {sites.Count} sites work, {n} of them {(n == 1 ? "needs" : "need")} a look{names}.",
            StatusVerdict.Unknown when n == sites.Count => $"{n} sites are served; nobody has looked at them from outside so far.",
            StatusVerdict.Unknown => $"Nothing is amiss; {n} of {sites.Count} sites {(n == 1 ? "has" : "have")} not been looked at from outside so far{names}.",
            _ => $"All {sites.Count} sites are well: clients and other servers reach them.",
        });
    }
}
