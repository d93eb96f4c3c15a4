using System.Collections.Immutable;

namespace MatrixEdge.Observability.Status;

/// <summary>One site on the page: its verdict, what was found out about it, and its certificate.</summary>
internal static class SiteCard
{
    public static Html Write(SiteStatus site, StatusReport report)
    {
        // The only site's sentence is the page's headline, and there is nothing to fold up for the sake of others.
        var isOnly = report.Sites.Length == 1;
        var sentence = Html.When(!isOnly, () => Html.Of($"<p class=\"sentence\">{site.Sentence}</p>"));
        return Html.Of($"""
            <article class="card site {Signs.Name(site.Verdict)}" id="site-{site.ServerName}" aria-labelledby="name-{site.ServerName}">
            <div class="head">
            <h3 id="name-{site.ServerName}">{site.ServerName}</h3>
            <p class="badge {Signs.Name(site.Verdict)}">{Signs.Icon(site.Verdict)} {Signs.Word(site.Verdict)}</p>
            </div>
            {sentence}
            {Facts(site, report)}
            {Notes(site, report.At)}
            {(isOnly ? Body(site, report.At) : Folded(site, report.At))}
            </article>
            """);
    }

    // Named by the verdict, too: one that turns bad opens, whatever its reader did before.
    private static Html Folded(SiteStatus site, DateTimeOffset now) => Html.Of($"""
        <details class="more" id="more-{site.ServerName}-{Signs.Name(site.Verdict)}"{Html.When(site.Verdict >= StatusVerdict.Warn, () => Html.Of($" open"))}>
        <summary>Checks and certificate</summary>
        {Body(site, now)}
        </details>
        """);

    private static Html Body(SiteStatus site, DateTimeOffset now) => Html.Of($"""
        <div class="columns">
        <section aria-labelledby="checks-{site.ServerName}">
        <h4 id="checks-{site.ServerName}">Checks</h4>
        {Checks(site)}
        {Route(site)}
        {Html.When(site.ExaminedAt, at => Html.Of($"<p class=\"fine\">Looked at {Signs.Ago(at, now)}{(site.ExaminationTook is { } took ? $"; it took {Words.Duration(took.TotalMilliseconds)}" : "")}.</p>"))}
        </section>
        <section aria-labelledby="certificate-{site.ServerName}">
        <h4 id="certificate-{site.ServerName}">Certificate</h4>
        {CertificatePart.Write(site, now)}
        </section>
        </div>
        """);

    private static Html Facts(SiteStatus site, StatusReport report)
    {
        var homeserver = report.Backends.FirstOrDefault(backend => backend.Role == "homeserver" && backend.Sites.Contains(site.ServerName));
        var answers = homeserver?.Reachable switch { null => "not asked so far", false => "does not answer", true => homeserver.Software ?? "answers" };
        var left = site.Certificate?.NotAfter switch { null => "none", { } end when end <= report.At => "expired", { } end => $"{Words.Of(end - report.At)} left" };
        var seen = site.ExaminedAt is { } at ? Signs.Ago(at, report.At) : Html.Of($"not so far");
        return Html.Of($"""
            <dl class="facts">
            <div><dt>Clients reach it at</dt><dd>{site.PublicHost}</dd></div>
            <div><dt>Homeserver</dt><dd>{answers}</dd></div>
            <div><dt>Certificate</dt><dd>{left}</dd></div>
            <div><dt>Seen from outside</dt><dd>{seen}</dd></div>
            </dl>
            """);
    }

    private static Html Notes(SiteStatus site, DateTimeOffset now)
    {
        var maintenance = Html.When(site.Maintenance.On, () => Html.Of($"""
            <p class="note warn"><strong>Maintenance</strong> since {Signs.Ago(site.Maintenance.Since ?? now, now)}. Clients and servers are told: “{site.Maintenance.Message}”.
            To end it: <code>matrixedge maintenance off {site.ServerName}</code></p>
            """));
        var migration = Html.When(site.Federation.Migration, move => Html.Of($"""
            <p class="note"><strong>Federation moves</strong> from {move.FromHost}:{move.FromPort} to {move.To}. {move.Verdict}.</p>
            """));
        return Html.Of($"{maintenance}{migration}");
    }

    private static Html Checks(SiteStatus site)
    {
        if (site.ExaminedAt is null)
            return Html.Of($"<p class=\"empty\">Nobody has looked at this site from outside so far. <code>matrixedge doctor {site.ServerName}</code> does it now.</p>");

        var bad = site.Findings.Where(finding => finding.Outcome >= FindingOutcome.Warn).ToImmutableArray();
        var good = site.Findings.Where(finding => finding.Outcome < FindingOutcome.Warn).ToImmutableArray();
        return Html.Of($"""
            {Html.When(!bad.IsEmpty, () => Html.Of($"<ul class=\"checks\">{bad.Select(finding => Html.Of($"<li>{Bad(site, finding)}</li>"))}</ul>"))}
            {Html.When(!good.IsEmpty, () => Good(site, good))}
            """);
    }

    private static Html Good(SiteStatus site, ImmutableArray<Finding> good)
    {
        var well = good.Count(finding => finding.Outcome == FindingOutcome.Ok);
        var skipped = good.Length - well;
        var words = $"{(well > 0 ? $"{Words.Count(well, "check")} {(well == 1 ? "is" : "are")} well" : "No check is well")}{(skipped > 0 ? $", {skipped} skipped" : "")}";
        return Html.Of($"""
            <details class="group" id="well-{site.ServerName}">
            <summary>{Signs.Icon(well > 0 ? FindingOutcome.Ok : FindingOutcome.Skip)} <span>{words}</span></summary>
            <ul class="checks">{good.Select(finding => Html.Of($"<li>{Line(finding)}{Evidence(finding)}</li>"))}</ul>
            </details>
            """);
    }

    private static Html Bad(SiteStatus site, Finding finding) => Html.Of($"""
        <details class="check {Signs.Name(finding.Outcome)}" id="check-{site.ServerName}-{finding.Id}-{Signs.Name(finding.Outcome)}" open>
        <summary>{Signs.Icon(finding.Outcome)} <span><span class="word">{Signs.Word(finding.Outcome)}:</span> {finding.Title}</span></summary>
        <p class="what">{Words.Capital(finding.Summary)}.</p>
        {Html.When(finding.Cause, cause => Html.Of($"<p><strong>Likely cause</strong> {Words.Capital(cause)}.</p>"))}
        {Html.When(finding.Remedy, remedy => Html.Of($"<p><strong>What to do</strong> {Words.Capital(remedy)}.</p>"))}
        {Html.When(finding.Anchor, anchor => Html.Of($"<p><a href=\"/readme#{anchor}\">README about “{finding.Title}”</a></p>"))}
        {Evidence(finding)}
        </details>
        """);

    private static Html Line(Finding finding)
    {
        var summary = finding.Outcome == FindingOutcome.Skip ? $"Skipped: {finding.Summary}" : Words.Capital(finding.Summary);
        return Html.Of($"<p class=\"line\">{Signs.Icon(finding.Outcome)} <span><strong>{finding.Title}</strong> {summary}.</span></p>");
    }

    private static Html Evidence(Finding finding) => Html.When(!finding.Evidence.IsDefaultOrEmpty, () => Html.Of($"""
        <details class="evidence"><summary>What was seen<span class="away"> for “{finding.Title}”</span></summary><pre tabindex="0">{string.Join('\n', finding.Evidence)}</pre></details>
        """));

    private static Html Route(SiteStatus site) => Html.When(!site.Route.IsEmpty, () => Html.Of($"""
        <details class="group" id="route-{site.ServerName}">
        <summary>{Signs.Icon("way")} <span>How other servers find it</span></summary>
        <ol class="route">{site.Route.Select(step => Html.Of($"<li>{step}</li>"))}</ol>
        </details>
        """));
}
