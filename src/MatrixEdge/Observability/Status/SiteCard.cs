using System.Collections.Immutable;

namespace MatrixEdge.Observability.Status;

/// <summary>One site on the page: its verdict, what was found out about it, and its certificate.</summary>
internal static class SiteCard
{
    /// <param name="isOnly">Its sentence is the page's headline, then.</param>
    public static Html Write(SiteStatus site, StatusReport report, bool isOnly)
    {
        var body = Html.Of($"""
            <div class="columns">
            <section aria-labelledby="checks-{site.ServerName}">
            <h4 id="checks-{site.ServerName}">Checks</h4>
            {Checks(site)}
            {Route(site)}
            {(site.ExaminedAt is { } at ? Html.Of($"<p class=\"fine\">Looked at {Signs.Ago(at, report.At)}{(site.ExaminationTook is { } took ? $"; it took {Words.Duration(took.TotalMilliseconds)}" : "")}.</p>") : Html.None)}
            </section>
            <section aria-labelledby="certificate-{site.ServerName}">
            <h4 id="certificate-{site.ServerName}">Certificate</h4>
            {CertificatePart.Write(site, report.At)}
            </section>
            </div>
            """);
        return Html.Of($"""
            <article class="card site {Signs.Name(site.Verdict)}" id="site-{site.ServerName}" aria-labelledby="name-{site.ServerName}">
            <div class="head">
            <h3 id="name-{site.ServerName}">{site.ServerName}</h3>
            <p class="badge {Signs.Name(site.Verdict)}">{Signs.Icon(site.Verdict)} {Signs.Word(site.Verdict)}</p>
            </div>
            {(isOnly ? Html.None : Html.Of($"<p class=\"sentence\">{site.Sentence}</p>"))}
            {Facts(site, report)}
            {Notes(site, report.At)}
            {(isOnly ? body : Html.Of($"<details class=\"more\" id=\"more-{site.ServerName}-{Signs.Name(site.Verdict)}\"{(site.Verdict >= StatusVerdict.Warn ? Html.Of($" open") : Html.None)}><summary>Checks and certificate</summary>{body}</details>"))}
            </article>
            """);
    }

    private static Html Facts(SiteStatus site, StatusReport report)
    {
        var homeserver = report.Backends.FirstOrDefault(backend => backend.Role == "homeserver" && backend.Sites.Contains(site.ServerName));
        return Html.Of($"""
            <dl class="facts">
            <div><dt>Clients reach it at</dt><dd>{site.PublicHost}</dd></div>
            <div><dt>Homeserver</dt><dd>{homeserver switch { null or { Reachable: null } => "not asked so far", { Reachable: false } => "does not answer", _ => homeserver.Software ?? "answers" }}</dd></div>
            <div><dt>Certificate</dt><dd>{site.Certificate?.NotAfter switch { null => "none", { } end when end <= report.At => "expired", { } end => $"{Words.Of(end - report.At)} left" }}</dd></div>
            <div><dt>Seen from outside</dt><dd>{(site.ExaminedAt is { } at ? Signs.Ago(at, report.At) : Html.Of($"not so far"))}</dd></div>
            </dl>
            """);
    }

    private static Html Notes(SiteStatus site, DateTimeOffset now)
    {
        var maintenance = site.Maintenance is { On: true } one
            ? Html.Of($"<p class=\"note warn\"><strong>Maintenance</strong> since {Signs.Ago(one.Since ?? now, now)}. Clients and servers are told: “{one.Message}”. To end it: <code>matrixedge maintenance off {site.ServerName}</code></p>")
            : Html.None;
        var migration = site.Federation.Migration is { } move
            ? Html.Of($"<p class=\"note\"><strong>Federation moves</strong> from {move.FromHost}:{move.FromPort} to {move.To}. {move.Verdict}.</p>")
            : Html.None;
        return Html.Of($"{maintenance}{migration}");
    }

    private static Html Checks(SiteStatus site)
    {
        if (site.ExaminedAt is null)
            return Html.Of($"<p class=\"empty\">Nobody has looked at this site from outside so far. <code>matrixedge doctor {site.ServerName}</code> does it now.</p>");

        var bad = site.Findings.Where(finding => finding.Outcome >= FindingOutcome.Warn).ToImmutableArray();
        var good = site.Findings.Where(finding => finding.Outcome < FindingOutcome.Warn).ToImmutableArray();
        var well = good.Count(finding => finding.Outcome == FindingOutcome.Ok);
        var skipped = good.Length - well;
        var rest = good.IsEmpty ? Html.None : Html.Of($"""
            <details class="group" id="well-{site.ServerName}">
            <summary>{Signs.Icon(well > 0 ? FindingOutcome.Ok : FindingOutcome.Skip)} <span>{(well > 0 ? $"{Words.Count(well, "check")} {(well == 1 ? "is" : "are")} well" : "No check is well")}{(skipped > 0 ? $", {skipped} skipped" : "")}</span></summary>
            <ul class="checks">{good.Select(finding => Html.Of($"<li>{Line(finding)}{Evidence(finding)}</li>"))}</ul>
            </details>
            """);
        return Html.Of($"""
            {(bad.IsEmpty ? Html.None : Html.Of($"<ul class=\"checks\">{bad.Select(finding => Html.Of($"<li>{Bad(site, finding)}</li>"))}</ul>"))}
            {rest}
            """);
    }

    private static Html Bad(SiteStatus site, Finding finding) => Html.Of($"""
        <details class="check {Signs.Name(finding.Outcome)}" id="check-{site.ServerName}-{finding.Id}-{Signs.Name(finding.Outcome)}" open>
        <summary>{Signs.Icon(finding.Outcome)} <span><span class="word">{Signs.Word(finding.Outcome)}:</span> {finding.Title}</span></summary>
        <p class="what">{Words.Capital(finding.Summary)}.</p>
        {(finding.Cause is null ? Html.None : Html.Of($"<p><strong>Likely cause</strong> {Words.Capital(finding.Cause)}.</p>"))}
        {(finding.Remedy is null ? Html.None : Html.Of($"<p><strong>What to do</strong> {Words.Capital(finding.Remedy)}.</p>"))}
        {(finding.Anchor is null ? Html.None : Html.Of($"<p><a href=\"/readme#{finding.Anchor}\">README about “{finding.Title}”</a></p>"))}
        {Evidence(finding)}
        </details>
        """);

    private static Html Line(Finding finding) => Html.Of($"<p class=\"line\">{Signs.Icon(finding.Outcome)} <span><strong>{finding.Title}</strong> {(finding.Outcome == FindingOutcome.Skip ? $"Skipped: {finding.Summary}" : Words.Capital(finding.Summary))}.</span></p>");

    private static Html Evidence(Finding finding) => finding.Evidence.IsDefaultOrEmpty ? Html.None
        : Html.Of($"<details class=\"evidence\"><summary>What was seen<span class=\"away\"> for “{finding.Title}”</span></summary><pre tabindex=\"0\">{string.Join('\n', finding.Evidence)}</pre></details>");

    private static Html Route(SiteStatus site) => site.Route.IsEmpty ? Html.None : Html.Of($"""
        <details class="group" id="route-{site.ServerName}">
        <summary>{Signs.Icon("way")} <span>How other servers find it</span></summary>
        <ol class="route">{site.Route.Select(step => Html.Of($"<li>{step}</li>"))}</ol>
        </details>
        """);
}
