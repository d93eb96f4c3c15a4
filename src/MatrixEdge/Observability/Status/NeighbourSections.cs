using System.Collections.Immutable;

namespace MatrixEdge.Observability.Status;

/// <summary>Who stands behind the gateway, and which servers come to it, on the page.</summary>
internal static class NeighbourSections
{
    public static Html Write(StatusReport report) => Html.Of($"""
        <div class="columns apart">
        <section id="behind" aria-labelledby="behind-h">
        <h2 id="behind-h">Behind the gateway</h2>
        <div class="card">
        {(report.Backends.IsEmpty ? Html.Of($"<p class=\"empty\">No program stands behind it.</p>") : Html.Of($"<ul class=\"rows\">{report.Backends.Select(backend => Backend(backend, report))}</ul>"))}
        </div>
        </section>
        <section id="servers" aria-labelledby="servers-h">
        <h2 id="servers-h">Other servers</h2>
        {(report.Sites.IsEmpty ? Html.Of($"<div class=\"card\"><p class=\"empty\">There is no site that they could come to.</p></div>") : Html.None)}
        {report.Sites.Select(site => Servers(site, report))}
        </section>
        </div>
        """);

    private static Html Backend(BackendStatus backend, StatusReport report)
    {
        var (sign, word) = backend.Reachable switch { true => ("ok", "answers"), false => ("fail", "does not answer"), null => ("unknown", "not needed so far") };
        return Html.Of($"""
            <li>
            <p class="head"><strong>{Words.Capital(backend.Role)}</strong> <span class="badge {sign}">{Signs.Icon(sign)} {word}</span></p>
            <p><code>{backend.Address}</code>{(backend.Software is null ? "" : $" – {backend.Software}")}{(backend.Versions.IsDefaultOrEmpty ? "" : $", Matrix up to {backend.Versions[^1]}")}</p>
            {(backend.Failure is null ? Html.None : Html.Of($"<p class=\"bad\">{Words.Capital(backend.Failure).TrimEnd('.')}.</p>"))}
            <p class="fine">{(report.Sites.Length > 1 ? $"For {string.Join(", ", backend.Sites)}. " : "")}{(backend.AskedAt is { } at ? Html.Of($"Last asked about itself {Signs.Ago(at, report.At)}.") : Html.None)}</p>
            </li>
            """);
    }

    private static Html Servers(SiteStatus site, StatusReport report)
    {
        var entry = site.Federation;
        var most = entry.Busiest.IsDefaultOrEmpty ? 1 : Math.Max(1, entry.Busiest.Max(busy => busy.Requests));
        var came = entry.Servers == 0
            ? Html.Of($"<p class=\"empty\">No server has come to {site.ServerName} since {Signs.Time(entry.Since)}.</p>")
            : Html.Of($"""
                <table class="servers">
                <caption>{Words.Count(entry.Servers, "server")} came to {site.ServerName} with {Words.Count(entry.Requests, "request")} since {Signs.Time(entry.Since)}</caption>
                <thead><tr><th scope="col">{(entry.Servers > entry.Busiest.Length ? "Most frequent" : "Server")}</th><th scope="col" class="n">Requests</th></tr></thead>
                <tbody>{entry.Busiest.Select(busy => Html.Of($"<tr><th scope=\"row\">{busy.Server}<svg class=\"share\" width=\"100%\" height=\"4\" aria-hidden=\"true\"><rect class=\"track\" width=\"100%\" height=\"4\" rx=\"2\"/><rect class=\"good\" width=\"{100.0 * busy.Requests / most}%\" height=\"4\" rx=\"2\"/></svg></th><td class=\"n\">{Words.Number(busy.Requests)}</td></tr>"))}</tbody>
                </table>
                """);
        return Html.Of($"""
            <div class="card">
            {came}
            {Refused(site.Refused, report.At)}
            </div>
            """);
    }

    private static Html Refused(ImmutableArray<PeerTrouble> troubles, DateTimeOffset now) => troubles.IsDefaultOrEmpty ? Html.None : Html.Of($"""
        <table class="refused">
        <caption>Servers whose requests are refused, by the names that they give</caption>
        <thead><tr><th scope="col">Server and likely cause</th><th scope="col" class="n">Refused</th></tr></thead>
        <tbody>{troubles.Select(trouble => Html.Of($"<tr><th scope=\"row\">{Signs.Icon("warn")} {trouble.Origin}<span class=\"cause\">{Words.Capital(trouble.Cause ?? "no cause can be seen from here")}. Last {Signs.Ago(trouble.Last, now)}.</span></th><td class=\"n\">{Words.Number(trouble.Requests)}</td></tr>"))}</tbody>
        </table>
        """);
}
