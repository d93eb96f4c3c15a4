using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Runtime.InteropServices;
using MatrixEdge.Certificates;
using MatrixEdge.Certificates.Ordering;
using MatrixEdge.Limiting;
using MatrixEdge.Listening;
using MatrixEdge.Proxying;
using MatrixEdge.Sites;

namespace MatrixEdge.Observability;

/// <summary>
/// The gateway's own instruments: what the platform does not measure by itself. Points in time are told as such, in seconds since
/// 1970, and not as countdowns. Tags are sites, operations, listeners and the like; never what comes from outside.
/// </summary>
internal sealed class EdgeMetrics : IDisposable
{
    public const string MeterName = "MatrixEdge";

    /// <summary>What stands for the site of a certificate that serves all of them.</summary>
    public const string AllSites = "all";

    /// <summary>What stands for the site, and the operation, of a request that was no site's.</summary>
    public const string NoSite = "none";

    private readonly CertificateKeeper certificates;
    private readonly ServedCertificate served;
    private readonly CurrentSites sites;
    private readonly CertificateEvents events;
    private readonly OpenChallenges challenges;
    private readonly Histogram<double> issuance;
    private readonly Histogram<double> requests;
    private readonly ConcurrentDictionary<string, long> failures = new();
    private readonly ConcurrentDictionary<string, long> hits = new(new[] { "http-01", "tls-alpn-01" }.Select(type => KeyValuePair.Create(type, 0L)));

    public EdgeMetrics(CertificateKeeper certificates, ServedCertificate served, CurrentSites sites, CertificateEvents events, OpenChallenges challenges, RequestLimits limits, Maintenance maintenance, Examinations examinations, ProgramLog log)
    {
        (this.certificates, this.served, this.sites, this.events, this.challenges) = (certificates, served, sites, events, challenges);
        Meter = new Meter(MeterName, VersionText.Short);

        Meter.CreateObservableGauge("matrixedge.build_info", () => new Measurement<int>(1, Tag("version", VersionText.Short), Tag("commit", VersionText.Commit), Tag("runtime", RuntimeInformation.FrameworkDescription)),
            null, "Always 1; the labels say which build this is");
        Meter.CreateObservableGauge("matrixedge.upstream.up", () => this.sites.Table.Sites.Select(site => new Measurement<int>(site.Homeserver.IsDown ? 0 : 1, Tag("server_name", site.Settings.ServerName.ToString()))),
            null, "Whether the homeserver answers: 1, or 0 after it did not");

        Meter.CreateObservableGauge("matrixedge.maintenance", () => this.sites.Table.Sites.Select(site => new Measurement<int>(maintenance.Find(site.ServerName) is null ? 0 : 1, Site(site.ServerName))),
            null, "Whether an operator has taken the homeserver away for a while: 1, or 0");
        Meter.CreateObservableGauge("matrixedge.federation.origins", () => this.sites.Table.Sites.Select(site => new Measurement<int>(site.Origins.All.Length, Site(site.ServerName))),
            "{server}", "How many servers came since the start");
        Meter.CreateObservableCounter("matrixedge.federation.refused", () => this.sites.Table.Sites.SelectMany(site => site.Refused.ByCause.Select(entry => new Measurement<long>(entry.Requests, Site(site.ServerName), Tag("cause", CauseText(entry.Cause))))),
            "{request}", "Requests that other servers had signed and did not get served, by the likely cause");
        Meter.CreateObservableGauge("matrixedge.migration.origins", () => this.sites.Table.Sites.Where(site => site.FormerWay is not null).SelectMany(Ways),
            "{server}", "While federation moves: how many servers last came by the former way, and by the present one");

        Meter.CreateObservableCounter("matrixedge.requests.limited", () => limits.Limited.Select(entry => new Measurement<long>(entry.Count, Tag("group", entry.Group.ToString()), Site(entry.Site))),
            "{request}", "Requests that were answered with 429, by what was counted");
        OfPlaces("matrixedge.requests.running", "Requests under way at the homeserver that count for MatrixEdge:Limits:Concurrency", places => places.Running);
        OfPlaces("matrixedge.requests.waiting", "Requests that wait until the homeserver has fewer under way", places => places.Waiting);

        static string CauseText(RefusalCause cause) => cause.ToString().ToLowerInvariant();

        static IEnumerable<Measurement<int>> Ways(Site site)
        {
            var origins = site.Origins.All;
            var former = origins.Count(origin => origin.IsStillFormer);
            return [new(former, Site(site.ServerName), Tag("way", "former")), new(origins.Length - former, Site(site.ServerName), Tag("way", "present"))];
        }

        void OfPlaces(string name, string description, Func<(long Running, long Waiting), long> read) =>
            Meter.CreateObservableGauge(
                name,
                () => this.sites.Table.Sites.Select(site => site.Settings.ServerName.ToString())
                    .Select(site => (Site: site, Places: limits.FindPlaces(site))).Where(entry => entry.Places is not null)
                    .Select(entry => new Measurement<long>(read(entry.Places!.Value), Site(entry.Site))),
                "{request}", description);

        OfServed("matrixedge.certificate.not_before", "s", "When the served certificate begins to be valid, in seconds since 1970", bundle => bundle.NotBefore.ToUnixTimeSeconds());
        OfServed("matrixedge.certificate.not_after", "s", "When the served certificate expires, in seconds since 1970", bundle => bundle.NotAfter.ToUnixTimeSeconds());
        OfOrdered("matrixedge.certificate.next_renewal", "s", "When a new certificate will be ordered, in seconds since 1970", status => status.Next.Due.ToUnixTimeSeconds());
        OfOrdered("matrixedge.certificate.last_success", "s", "When a certificate was last obtained, in seconds since 1970; missing before the first", status => status.State.LastSuccess?.ToUnixTimeSeconds());
        OfOrdered("matrixedge.certificate.consecutive_failures", "{attempt}", "How many attempts to get a certificate have failed since the last that succeeded", status => status.State.Failures);
        OfOrdered("matrixedge.certificate.left_out", "{name}", "How many names of the site the served certificate lacks", status => status.Bundle?.Missing(status.Names).Count());
        OfOrdered("matrixedge.certificate.renewal_window_start", "s", "Where the authority's suggested window for renewal begins, in seconds since 1970", status => status.State.Window?.Start.ToUnixTimeSeconds());
        OfOrdered("matrixedge.certificate.renewal_window_end", "s", "Where the authority's suggested window for renewal ends, in seconds since 1970", status => status.State.Window?.End.ToUnixTimeSeconds());
        Meter.CreateObservableCounter("matrixedge.certificate.renewal_failures", () => this.certificates.Ordering.Select(source => new Measurement<long>(failures.GetValueOrDefault(source.Id), Site(source.Id))),
            "{attempt}", "Attempts to get a certificate that failed");
        Meter.CreateObservableCounter("matrixedge.certificate.challenge_hits", () => hits.Select(hit => new Measurement<long>(hit.Value, Tag("type", hit.Key))),
            "{request}", "How often challenges were asked for and answered, by authorities and by the gateway's own look at them");
        issuance = Meter.CreateHistogram("matrixedge.certificate.issuance_duration", "s", "How long attempts to get a certificate took",
            advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 900] });

        // What the platform measures of requests knows neither of these; statuses one by one are its.
        requests = Meter.CreateHistogram("matrixedge.request.duration", "s", "How long public requests took, by operation, listener, class of status and site; those that were no site's have no operation either",
            advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 30, 60] });

        Meter.CreateObservableCounter("matrixedge.log.lost", () => log.Lost,
            "{line}", "Lines of the log that the standard output did not take");
        Meter.CreateObservableGauge("matrixedge.doctor.check", () => Examined().SelectMany(Checks),
            null, "How the last look from outside went, by check: 1 as it should be, 0.5 a warning, 0 failing; missing when it could not be looked at");
        Meter.CreateObservableGauge("matrixedge.doctor.last_examination", () => Examined().Select(examination => new Measurement<long>(examination.At.ToUnixTimeSeconds(), Tag("server_name", examination.ServerName))),
            "s", "When a site was last looked at from outside, in seconds since 1970; missing before the first time");

        events.Raised += Note;
        challenges.Hit += NoteHit;

        IEnumerable<Examination> Examined() => this.sites.Table.Sites.Select(site => examinations.Find(site.ServerName)).OfType<Examination>();

        // One check may have been made of several addresses.
        static IEnumerable<Measurement<double>> Checks(Examination examination) => examination.Findings
            .Where(finding => finding.Outcome != FindingOutcome.Skip)
            .GroupBy(finding => finding.Id, finding => finding.Outcome)
            .Select(check => new Measurement<double>(check.Max() switch { FindingOutcome.Ok => 1, FindingOutcome.Warn => 0.5, _ => 0 }, Tag("server_name", examination.ServerName), Tag("check", check.Key)));
    }

    public Meter Meter { get; }

    /// <summary>Measures a public request that is over. Allocates nothing.</summary>
    /// <param name="status">What was answered, or 499 when the client had gone before.</param>
    public void NoteRequest(Exchange exchange, int status, TimeSpan took)
    {
        if (!requests.Enabled)
            return;

        var tags = new TagList
        {
            { "operation", exchange.Site is null ? NoSite : exchange.Operation.CountedAs },
            { "listener", exchange.Connection.Listener switch { ListenerKind.Http => "http", ListenerKind.Https => "https", _ => "federation" } },
            { "status", status == AccessLog.ClientClosedRequest ? "aborted" : (status / 100) switch { 1 => "1xx", 2 => "2xx", 3 => "3xx", 4 => "4xx", _ => "5xx" } },
            { "site", exchange.Site ?? NoSite },
        };
        requests.Record(took.TotalSeconds, tags);
    }

    public void Dispose()
    {
        events.Raised -= Note;
        challenges.Hit -= NoteHit;
        Meter.Dispose();
    }

    private void Note(CertificateEvent happened)
    {
        if (happened.Kind == CertificateEventKind.Failed)
            failures.AddOrUpdate(happened.Site, 1, (_, count) => count + 1);
        if (happened.Took is { } took)
            issuance.Record(took.TotalSeconds, Site(happened.Site), Tag("outcome", happened.Kind == CertificateEventKind.Obtained ? "obtained" : "failed"));
    }

    private void NoteHit(string type) => hits.AddOrUpdate(type, 1, (_, count) => count + 1);

    private void OfServed(string name, string unit, string description, Func<CertificateBundle, long> read) =>
        Meter.CreateObservableGauge(name, () => served.All.Select(entry => new Measurement<long>(read(entry.Value), Site(entry.Key))), unit, description);

    private void OfOrdered(string name, string unit, string description, Func<CertificateStatus, long?> read) =>
        Meter.CreateObservableGauge(
            name,
            () => certificates.Ordering.Select(source => source.Status)
                .Select(status => (status.Site, Value: read(status))).Where(entry => entry.Value is not null)
                .Select(entry => new Measurement<long>(entry.Value!.Value, Site(entry.Site))),
            unit, description);

    private static KeyValuePair<string, object?> Site(string id) => Tag("site", id.Length > 0 ? id : AllSites);

    private static KeyValuePair<string, object?> Tag(string name, string value) => new(name, value);
}
