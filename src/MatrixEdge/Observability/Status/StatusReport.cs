using System.Collections.Immutable;

namespace MatrixEdge.Observability.Status;

/// <summary>
/// All that the status page tells, and all that <c>GET /status.json</c> says: the page is made of nothing else. Members are part of the
/// contract with programs that read it; README lists them. Times are UTC, sentences end with a dot.
/// </summary>
/// <param name="At">When this was put together.</param>
/// <param name="Version">Of the gateway.</param>
/// <param name="Commit">That it was built from.</param>
/// <param name="StartedAt">When it was started.</param>
/// <param name="Verdict">The worst of all sites.</param>
/// <param name="Sentence">The same in words.</param>
/// <param name="Backends">The programs behind the gateway.</param>
/// <param name="Diary">What happened to certificates since the start, the latest first.</param>
/// <param name="Changes">Checks that came out otherwise than before, the latest first.</param>
internal sealed record StatusReport(
    DateTimeOffset At, string Version, string Commit, DateTimeOffset StartedAt, StatusVerdict Verdict, string Sentence,
    ImmutableArray<SiteStatus> Sites, TrafficListing Traffic, ImmutableArray<BackendStatus> Backends, ImmutableArray<DiaryEntry> Diary, ImmutableArray<ChangeStatus> Changes);

/// <param name="PublicHost">Where clients reach it, with the port if that is not 443.</param>
/// <param name="Sentence">The verdict in words.</param>
/// <param name="ExaminedAt">When it was last looked at from outside; null when it was not.</param>
/// <param name="Route">How another server finds it, a sentence each.</param>
/// <param name="Certificate">What is served for it; null when there is none.</param>
/// <param name="Seen">Which certificate was met from outside, at each port and address.</param>
/// <param name="Findings">The checks of the last look, the worst first.</param>
/// <param name="Federation">Which servers come to it, and which are not served.</param>
internal sealed record SiteStatus(
    string ServerName, string PublicHost, StatusVerdict Verdict, string Sentence, DateTimeOffset? ExaminedAt, TimeSpan? ExaminationTook, ImmutableArray<string> Route,
    ListedCertificate? Certificate, ImmutableArray<SeenStatus> Seen, ImmutableArray<Finding> Findings, MaintenanceListing.Entry Maintenance,
    FederationListing.Entry Federation);

/// <param name="Serial">Hexadecimal; null when no certificate was met.</param>
/// <param name="IsServed">Whether it is the one that is served now; null when none was met.</param>
/// <param name="Failure">Why none was met; else null.</param>
internal sealed record SeenStatus(string Host, string Address, int Port, string? Serial, DateTimeOffset? NotAfter, bool? IsServed, string? Failure);

/// <param name="Role">What it is: <c>homeserver</c>.</param>
/// <param name="Sites">The sites that use it.</param>
/// <param name="Reachable">Whether it answered when it was last needed; null when that was never.</param>
/// <param name="Software">Name and version, as far as it says so.</param>
/// <param name="Versions">Of the Matrix specification; empty where nobody asks.</param>
/// <param name="AskedAt">When it was last asked about itself; null where nobody asks, or not yet.</param>
/// <param name="Failure">Why it did not answer then; null when it did.</param>
internal sealed record BackendStatus(
    string Role, string Address, ImmutableArray<string> Sites, bool? Reachable, string? Software, ImmutableArray<string> Versions, DateTimeOffset? AskedAt, string? Failure);

/// <param name="Before">Null at the first look.</param>
internal sealed record ChangeStatus(DateTimeOffset At, string ServerName, string Id, string Title, FindingOutcome? Before, FindingOutcome Now, string Summary);
