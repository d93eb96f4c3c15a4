using System.Collections.Immutable;
using MatrixEdge.Certificates;
using MatrixEdge.Listening;
using MatrixEdge.Observability;
using MatrixEdge.Observability.Status;
using MatrixEdge.Sites;

namespace MatrixEdge.Tests.Support;

/// <summary>Reports as a gateway would make them, with all that can be in one.</summary>
internal static class SampleReports
{
    public static readonly DateTimeOffset Now = new(2026, 11, 22, 17, 47, 3, TimeSpan.Zero);

    private const string Serial = "03A7F1C42B9E5D60818F4B7C2D1E9A5F60B3";

    /// <summary>Nobody is served, nothing has happened.</summary>
    public static StatusReport None { get; } = Of([]);

    /// <summary>A moment after the start.</summary>
    public static StatusReport Fresh { get; } = Of([Site("example.com", null) with { Federation = new("example.com", Now, 0, 0, [], null) }], isBusy: false);

    /// <summary>One site, and all is well.</summary>
    public static StatusReport Well { get; } = Of([Site("example.com", [])]);

    /// <summary>One site, with what can befall it.</summary>
    public static StatusReport Troubled { get; } = Of([Site("example.com", Troubles("example.com"))]);

    /// <summary>Several sites, some with long names, in every state.</summary>
    public static StatusReport Five { get; } = Of(
        [
            Site("example.com", []),
            Site("a-server-with-a-name-that-somebody-thought-long-and-hard-about.department-of-long-names.university.example.org", Troubles("a-server")),
            Site("chat.example.net", [Stale("chat.example.net") with { Outcome = FindingOutcome.Warn }]),
            Site("example.edu", null),
            Site("maintained.example", [], new("maintained.example", true, Now.AddMinutes(-20), "Back at noon, with a new database")),
        ]);

    /// <summary>Strangers who write HTML.</summary>
    public static StatusReport Hostile { get; } = Of([Site("example.com", [Evil()]) with
    {
        Federation = new("example.com", Now, 1, 1, [new("<script>alert('server')</script>", 1)], null)
        {
            Refused = [new("<script>alert('origin')</script>", false, 3, Now, false, RefusalCause.Other, "\"><img src=x onerror=alert(1)>")],
        },
        Seen = [new("<b>host</b>", "192.0.2.1", 443, null, null, null, "'\"><svg onload=alert(2)>")],
        Route = ["</ol><script>alert(3)</script>"],
    }]);

    public static StatusReport Of(ImmutableArray<SiteStatus> sites, bool isBusy = true)
    {
        var verdict = SiteVerdict.Of([.. sites.Select(site => (site.ServerName, new SiteVerdict(site.Verdict, site.Sentence)))]);
        return new StatusReport(
            Now, "0.2.0", "unknown", isBusy ? Now.AddDays(-12) : Now.AddSeconds(-40), verdict.Verdict, verdict.Sentence, sites, isBusy ? Traffic() : Silence(),
            [.. sites.Select((site, index) => new BackendStatus("homeserver", $"http://127.0.0.1:{8008 + index}", [site.ServerName], isBusy ? true : null, isBusy ? "Synapse 1.160.0" : null, isBusy ? ["v1.1", "v1.19"] : [], isBusy ? Now.AddSeconds(-21) : null, null)),
                new BackendStatus("authentication service", "http://127.0.0.1:8080", [.. sites.Select(site => site.ServerName)], isBusy ? false : null, null, [], null, null)],
            isBusy ? Diary() : [], isBusy ? Changes(sites) : []);
    }

    /// <param name="troubles">What was found beside what is well; null when nobody has looked.</param>
    /// <param name="maintenance">Null: none.</param>
    public static SiteStatus Site(string name, ImmutableArray<Finding>? troubles, MaintenanceListing.Entry? maintenance = null)
    {
        maintenance ??= new(name, false, null, null);
        var certificate = new ListedCertificate(name, [$"matrix.{name}", name], Serial, Now.AddDays(-49), Now.AddDays(41), null, "acme-v02.api.letsencrypt.org", 3)
        {
            NextRenewal = new(Now.AddDays(10.4), "chosen in the window that the authority suggests"),
            Window = new(Now.AddDays(9.6), Now.AddDays(11.5), Now.AddDays(10.4), new Uri("https://letsencrypt.org/docs/integration-guide/")),
            LastSuccess = Now.AddDays(-49),
        };
        ImmutableArray<Finding> findings = troubles is { } some ? [.. some.OrderByDescending(finding => finding.Outcome), .. Fine(name)] : [];
        var examination = troubles is null ? null : new Examination(
            name, Now.AddMinutes(-2), TimeSpan.FromSeconds(1.84),
            [$"{name} is a name without a port, so its well-known document is asked for", $"https://{name}/.well-known/matrix/server says matrix.{name}:8448", $"matrix.{name} has the addresses 203.0.113.20 and 2001:db8::20, asked at port 8448"],
            [], findings);
        var verdict = SiteVerdict.Of(name, examination, certificate, null, maintenance);
        var stale = findings.Any(finding => finding.Id == "served-certificate");
        return new SiteStatus(
            name, $"matrix.{name}", verdict.Verdict, verdict.Sentence, examination?.At, examination?.Took, examination?.Route ?? [], certificate,
            examination is null ? [] : [
                new($"matrix.{name}", "203.0.113.20", 443, Serial, Now.AddDays(41), true, null),
                new($"matrix.{name}", "2001:db8::20", 443, Serial, Now.AddDays(41), true, null),
                stale ? new($"matrix.{name}", "203.0.113.20", 8448, "04C2D1", Now.AddDays(-9), false, null) : new($"matrix.{name}", "203.0.113.20", 8448, Serial, Now.AddDays(41), true, null),
                stale ? new($"matrix.{name}", "2001:db8::20", 8448, null, null, null, "connection refused") : new($"matrix.{name}", "2001:db8::20", 8448, Serial, Now.AddDays(41), true, null),
            ],
            findings, maintenance,
            new(name, Now.AddDays(-12), 431, 91_227, [new("matrix.org", 41_873), new("mozilla.org", 9_120), new("tchncs.de", 6_044), new("fosdem.org", 2_911), new("kde.org", 1_502)], null)
            {
                Refused = troubles is { Length: > 0 }
                    ? [
                        new("old.example.org", true, 212, Now.AddMinutes(-4), false, RefusalCause.Key, "The homeserver could get no key of old.example.org that fits: it cannot reach old.example.org, or what is there does not have that key (any more). From the homeserver's host, run: matrixedge doctor old.example.org"),
                        new("somebody.example", false, 3, Now.AddHours(-2), true, RefusalCause.Limit, "The homeserver limits how much one server may ask: see rc_federation in Synapse"),
                    ]
                    : [],
            });
    }

    private static Finding Stale(string name) => new(
        "served-certificate", "The same certificate on both ports", FindingOutcome.Fail,
        $"at port 8448 of matrix.{name} an expired certificate is served, while the one at port 443 is good",
        ["203.0.113.20:443 serial 03A7F1C4…60B3, until 2 Jan 2027", "203.0.113.20:8448 serial 04C2D1, until 13 Nov 2026", "2001:db8::20:8448 connection refused"],
        "Another program listens at port 8448 of that address, with a copy of the certificate that nobody renewed",
        "Find it with ss -ltnp 'sport = 8448', stop it, and let the gateway have the port", "health");

    private static ImmutableArray<Finding> Troubles(string name) =>
        [
            Stale(name),
            new("ipv6", "IPv6 leads here", FindingOutcome.Warn, $"The AAAA record of matrix.{name} leads to 2001:db8::20, which does not answer at port 8448", ["AAAA 2001:db8::20", "connect 2001:db8::20:8448: connection refused"],
                "The record is older than the host, or a firewall lets IPv4 through only", "Correct the record or take it away, and open the port for IPv6", "what-has-to-lead-here"),
        ];

    private static ImmutableArray<Finding> Fine(string name) =>
        [
            new("well-known-server", "Server document", FindingOutcome.Ok, $"It says matrix.{name}:8448", [$"https://{name}/.well-known/matrix/server", "200 application/json"], null, null, null),
            new("well-known-client", "Client document", FindingOutcome.Ok, $"It says https://matrix.{name}", [], null, null, null),
            new("cors", "Browsers may read it", FindingOutcome.Ok, "Access-Control-Allow-Origin is *", [], null, null, null),
            new("keys", "Signing keys", FindingOutcome.Ok, "The document is signed by the key that it names", ["ed25519:a_Rx9k valid until 29 Nov 2026"], null, null, null),
            new("srv", "SRV records", FindingOutcome.Skip, "The well-known document decides, so nobody asks for them", [], null, null, null),
        ];

    private static Finding Evil() => new(
        "evil", "<i>Title</i>", FindingOutcome.Fail, "</p><script>alert('summary')</script>", ["<script>alert('evidence')</script>", "\u202Egnp.exe", "a\0b"],
        "<img src=x onerror=alert('cause')>", "</style><script>alert('remedy')</script>", "x\" onclick=\"alert(4)");

    private static TrafficListing Traffic()
    {
        // Waves that no chance decides, so that pictures can be compared.
        static int At(int minute, double level, int seed) => (int)(level * (1.1 + Math.Sin((minute + seed) / 6.5) + (0.35 * Math.Sin((minute * seed) / 1.7))));
        static ImmutableArray<int> Minutes(double level, int seed) => [.. Enumerable.Range(0, RecentTraffic.Minutes).Select(minute => At(minute, level, seed))];
        ImmutableArray<int> federation = Minutes(48, 7), https = Minutes(95, 3);
        return new TrafficListing(
            Now.AddDays(-12),
            [
                new(ListenerKind.Http, 80, [.. Enumerable.Range(0, 60).Select(minute => minute % 11 == 4 ? 1 + (minute % 3) : 0)], [.. new int[60]], [.. new int[60]]),
                new(ListenerKind.Https, 443, https, [.. https.Select(count => count / 17)], [.. https.Select((count, minute) => minute is > 37 and < 42 ? count / 4 : 0)]),
                new(ListenerKind.Federation, 8448, federation, [.. federation.Select(count => count / 12)], [.. new int[60]]),
            ],
            [
                Operation("PUT /_matrix/federation/v1/send/{txnId}", 2_410, 190, 0, 24, 118, 7),
                Operation("GET /_matrix/client/v3/sync", 1_844, 12, 31, null, null, 3),
                Operation("GET /_matrix/federation/v1/event/{eventId}", 601, 4, 0, 8.4, 41, 9),
                Operation("PUT /_matrix/client/v3/rooms/{roomId}/send/{eventType}/{txnId}", 588, 0, 9, 61, 340, 5),
                Operation("GET /_matrix/key/v2/server", 402, 0, 0, 1.6, 4.2, 8),
                Operation("GET /_matrix/client/v1/media/thumbnail/{serverName}/{mediaId}", 377, 51, 0, 17, 1_400, 2),
                Operation("GET /.well-known/matrix/server", 214, 0, 0, 0.4, 0.9, 6),
                Operation("PUT /_matrix/federation/v2/send_join/{roomId}/{eventId}", 11, 1, 0, 5_200, 21_000, 4),
                .. Enumerable.Range(0, 9).Select(number => Operation($"GET /_matrix/client/v3/pushers/{number}", 9 - number, 0, 0, 3, 9, number)),
            ]);
    }

    private static TrafficListing Silence() => new(
        Now.AddSeconds(-40),
        [.. new[] { (ListenerKind.Http, 80), (ListenerKind.Https, 443), (ListenerKind.Federation, 8448) }.Select(port => new TrafficListing.OfPort(port.Item1, port.Item2, [.. new int[60]], [.. new int[60]], [.. new int[60]]))],
        []);

    private static TrafficListing.OfOperation Operation(string operation, long requests, long refused, long failed, double? median, double? slow, int seed) =>
        new(operation, requests, refused, failed, median, slow, [.. Enumerable.Range(0, RecentTraffic.Steps).Select(step => (int)(requests / 12.0 * (1 + (0.6 * Math.Sin((step + seed) / 1.9)))))]);

    private static ImmutableArray<DiaryEntry> Diary() =>
        [
            new(Now.AddDays(-1), CertificateEventKind.Expiring, "example.com", Serial, Now.AddDays(41), null, "a quarter of its life is left", null, null),
            new(Now.AddDays(-3), CertificateEventKind.Failed, "example.com", Serial, Now.AddDays(41), "acme-v02.api.letsencrypt.org", "matrix.example.com: Fetching http://matrix.example.com/.well-known/acme-challenge/x: Timeout during connect (likely firewall problem)", Now.AddDays(-3).AddMinutes(5), TimeSpan.FromSeconds(31)),
            new(Now.AddDays(-11), CertificateEventKind.Obtained, null, Serial, Now.AddDays(41), "acme-v02.api.letsencrypt.org", null, null, TimeSpan.FromSeconds(12)),
        ];

    private static ImmutableArray<ChangeStatus> Changes(ImmutableArray<SiteStatus> sites) =>
        [.. sites.SelectMany(site => site.Findings.Where(finding => finding.Outcome >= FindingOutcome.Warn)
            .Select(finding => new ChangeStatus(Now.AddMinutes(-32), site.ServerName, finding.Id, finding.Title, FindingOutcome.Ok, finding.Outcome, finding.Summary))),
            .. sites.Take(1).Select(site => new ChangeStatus(Now.AddDays(-2), site.ServerName, "reachable", "The homeserver answers", FindingOutcome.Fail, FindingOutcome.Ok, $"Synapse 1.160.0 answers for {site.ServerName}"))];
}
