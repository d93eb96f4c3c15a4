using System.Collections.Immutable;
using MatrixEdge.Listening;
using MatrixEdge.Proxying;
using MatrixEdge.Sites;

namespace MatrixEdge.Observability.Status;

/// <summary>Puts together, when somebody asks, what the cells of the other rooms hold. No public request pays for it.</summary>
internal sealed class StatusReports(
    CurrentSites sites, Examinations examinations, CertificateRequests certificates, CertificateDiary diary, MaintenanceRequests maintenance,
    RecentTraffic traffic, BoundListeners listeners, TimeProvider time)
{
    /// <summary>How many changes are told.</summary>
    public const int MostChanges = 50;

    private static readonly Destination[] Behind =
        [Destination.Homeserver, Destination.AuthenticationService, Destination.PolicyServer, Destination.CallTokens, Destination.CallMedia, Destination.Website];

    public StatusReport Now()
    {
        var now = time.GetUtcNow();
        var table = sites.Table;
        var listed = certificates.Listing().Certificates;
        var maintained = maintenance.Listing().Sites.ToDictionary(entry => entry.Site);
        var federation = FederationListing.Of(table, now).Sites;
        ImmutableArray<SiteStatus> all = [.. table.Sites.Select((site, index) => Of(
            site,
            listed.FirstOrDefault(entry => site.ServerName.Equals(entry.Site, StringComparison.OrdinalIgnoreCase)) ?? listed.FirstOrDefault(entry => entry.Site is null),
            maintained.GetValueOrDefault(site.ServerName) ?? new MaintenanceListing.Entry(site.ServerName, false, null, null),
            federation[index]))];
        var verdict = SiteVerdict.Of([.. all.Select(site => (site.ServerName, new SiteVerdict(site.Verdict, site.Sentence)))]);
        return new StatusReport(
            now, VersionText.Short, VersionText.Commit, traffic.Since, verdict.Verdict, verdict.Sentence, all,
            traffic.List(kind => listeners.Find(kind)?.Port), OfBackends(table), diary.Entries,
            [.. examinations.Changes.Take(MostChanges).Select(change => new ChangeStatus(
                change.At, change.ServerName, change.Now.Id, change.Now.Title, change.Before, change.Now.Outcome, change.Now.Summary))]);
    }

    private SiteStatus Of(Site site, ListedCertificate? certificate, MaintenanceListing.Entry maintenance, FederationListing.Entry federation)
    {
        var examination = examinations.Find(site.ServerName);
        var verdict = SiteVerdict.Of(site.ServerName, examination, certificate, Trouble(site.Homeserver), maintenance);
        return new SiteStatus(
            site.ServerName, site.Settings.PublicHost.ToString(), verdict.Verdict, verdict.Sentence, examination?.At, examination?.Took, examination?.Route ?? [],
            certificate, [.. (examination?.Seen ?? []).Select(seen => Of(seen, certificate))],
            [.. (examination?.Findings ?? []).OrderByDescending(finding => finding.Outcome)], // stable: cause before consequence
            maintenance, federation);
    }

    private static SeenStatus Of(SeenCertificate seen, ListedCertificate? certificate) => new(
        seen.Host, seen.Address.ToString(), seen.Port, seen.Serial, seen.NotAfter,
        seen.Serial is null ? null : seen.Serial.TrimStart('0').Equals(certificate?.Serial?.TrimStart('0'), StringComparison.OrdinalIgnoreCase), seen.Failure);

    private static string? Trouble(Homeserver homeserver) => homeserver switch
    {
        { IsDown: false } => null,
        { LastAnswer.Failure: { } failure } => $"its homeserver at {homeserver.Prefix} does not answer: {failure.TrimEnd('.')}",
        _ => $"its homeserver at {homeserver.Prefix} could not be reached",
    };

    private static ImmutableArray<BackendStatus> OfBackends(SiteTable table) =>
        [.. table.Sites
            .SelectMany(site => Behind.Select(site.Find).OfType<Upstream>().Select(upstream => (Site: site.ServerName, upstream.Backend)))
            .GroupBy(entry => entry.Backend, entry => entry.Site)
            .Select(group => Of(group.Key, [.. group.Distinct()]))];

    private static BackendStatus Of(Backend backend, ImmutableArray<string> sites)
    {
        var answer = (backend as Homeserver)?.LastAnswer;
        return new BackendStatus(backend.Role, backend.Prefix, sites, backend.IsUp, answer?.Software, [.. answer?.Versions ?? []], answer?.At, answer?.Failure);
    }
}
