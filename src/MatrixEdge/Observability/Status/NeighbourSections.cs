namespace MatrixEdge.Observability.Status;

/// <summary>Who stands behind the gateway, and which servers come to it, on the page.</summary>
internal static class NeighbourSections
{
    public static Html Write(StatusReport report) => Html.Of($"""
        <div class="columns apart">
        <section id="behind" aria-labelledby="behind-h">
        <h2 id="behind-h">Behind the gateway</h2>
        <div class="card">
        {(report.Backends.IsEmpty ? Empty("No program stands behind it.") : Html.Of($"<ul class=\"rows\">{report.Backends.Select(backend => Backend(backend, report))}</ul>"))}
        </div>
        </section>
        <section id="servers" aria-labelledby="servers-h">
        <h2 id="servers-h">Other servers</h2>
        {Html.When(report.Sites.IsEmpty, () => Html.Of($"<div class=\"card\">{Empty("There is no site that they could come to.")}</div>"))}
        {report.Sites.Select(site => Html.Of($"<div class=\"card\">{Servers(site.ServerName, site.Federation)}{Refused(site.Federation, report.At)}</div>"))}
        </section>
        </div>
        """);

    private static Html Empty(string words) => Html.Of($"<p class=\"empty\">{words}</p>");

    private static Html Backend(BackendStatus backend, StatusReport report)
    {
        var (sign, word) = backend.Reachable switch { true => ("ok", "answers"), false => ("fail", "does not answer"), null => ("unknown", "not needed so far") };
        var software = backend.Software is null ? "" : $" – {backend.Software}";
        var versions = backend.Versions.IsDefaultOrEmpty ? "" : $", Matrix up to {backend.Versions[^1]}";
        var whose = report.Sites.Length > 1 ? $"For {string.Join(", ", backend.Sites)}. " : "";
        return Html.Of($"""
            <li>
            <p class="head"><strong>{Words.Capital(backend.Role)}</strong> <span class="badge {sign}">{Signs.Icon(sign)} {word}</span></p>
            <p><code>{backend.Address}</code>{software}{versions}</p>
            {Html.When(backend.Failure, failure => Html.Of($"<p class=\"bad\">{Words.Capital(failure).TrimEnd('.')}.</p>"))}
            <p class="fine">{whose}{Html.When(backend.AskedAt, at => Html.Of($"Last asked about itself {Signs.Ago(at, report.At)}."))}</p>
            </li>
            """);
    }

    private static Html Servers(string site, FederationListing.Entry entry)
    {
        if (entry.Servers == 0)
            return Html.Of($"<p class=\"empty\">No server has come to {site} since {Signs.Time(entry.Since)}.</p>");

        var most = entry.Busiest.Max(busy => busy.Requests);
        return Html.Of($"""
            <table class="servers">
            <caption>{Words.Count(entry.Servers, "server")} came to {site} with {Words.Count(entry.Requests, "request")} since {Signs.Time(entry.Since)}</caption>
            <thead><tr><th scope="col">{(entry.Servers > entry.Busiest.Length ? "Most frequent" : "Server")}</th><th scope="col" class="n">Requests</th></tr></thead>
            <tbody>{entry.Busiest.Select(busy => Html.Of($"<tr><th scope=\"row\">{busy.Server}{Share(busy.Requests, most)}</th><td class=\"n\">{Words.Number(busy.Requests)}</td></tr>"))}</tbody>
            </table>
            """);
    }

    // The number stands beside it.
    private static Html Share(long part, long whole) => Html.Of($"""
        <svg class="share" width="100%" height="4" aria-hidden="true"><rect class="track" width="100%" height="4" rx="2"/><rect class="good" width="{100.0 * part / whole}%" height="4" rx="2"/></svg>
        """);

    private static Html Refused(FederationListing.Entry entry, DateTimeOffset now) => Html.When(!entry.Refused.IsDefaultOrEmpty, () => Html.Of($"""
        <table class="refused">
        <caption>Servers that were not served</caption>
        <thead><tr><th scope="col">Server and likely cause</th><th scope="col" class="n">Requests</th></tr></thead>
        <tbody>{entry.Refused.Select(refused => Refused(refused, now))}</tbody>
        </table>
        """));

    private static Html Refused(FederationListing.Refused refused, DateTimeOffset now)
    {
        var who = refused.Known ? "" : " (by the name that it gives)";
        var since = refused.ServedSince ? "; it was served since" : "";
        return Html.Of($"""
            <tr><th scope="row">{Signs.Icon(refused.ServedSince ? FindingOutcome.Ok : FindingOutcome.Warn)} {refused.Server}<span class="fine">{who}</span>
            <span class="cause">{Words.Capital(refused.Words)}. Last {Signs.Ago(refused.Last, now)}{since}.</span></th>
            <td class="n">{Words.Number(refused.Requests)}</td></tr>
            """);
    }
}
