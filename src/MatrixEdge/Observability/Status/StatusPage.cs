using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace MatrixEdge.Observability.Status;

/// <summary>
/// The report as one HTML page that needs nothing but itself. All of it is there without a script; with one it brings itself up to date.
/// </summary>
internal static class StatusPage
{
    private static readonly string Style = Read("page.css");
    private static readonly string Script = Read("page.js");

    /// <summary>What the page may do: show itself, run its own script, and ask this listener again. Nothing else, from nowhere else.</summary>
    public static string Policy { get; } =
        $"default-src 'none'; style-src '{Hash(Style)}'; script-src '{Hash(Script)}'; img-src data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    public static string Write(StatusReport report)
    {
        var title = $"{Signs.Mark(report.Verdict)} {(report.Sites.Length == 1 ? report.Sites[0].ServerName : Words.Count(report.Sites.Length, "site"))} – MatrixEdge";
        var parts = new[] { ("sites", "Sites"), ("traffic", "Traffic"), ("behind", "Behind"), ("servers", "Servers"), ("diary", "Diary") }
            .Skip(report.Sites.Length > 1 ? 0 : 1) // one site is where one is anyway
            .Select(part => Html.Of($"<li><a href=\"#{part.Item1}\">{part.Item2}</a></li>"));
        return Frame(title, report.Verdict, report.Version, Html.Of($"{parts}"), Html.Of($"""
            {Headline(report)}
            <section id="sites" aria-labelledby="sites-h">
            <h2 id="sites-h">{(report.Sites.Length == 1 ? "The site" : "Sites")}</h2>
            {Html.When(report.Sites.IsEmpty, () => Html.Of($"<div class=\"card\"><p class=\"empty\">Add one to <code>MatrixEdge:Sites</code>; the gateway takes it up at once.</p></div>"))}
            {report.Sites.OrderByDescending(site => site.Verdict).Select(site => SiteCard.Write(site, report))}
            </section>
            {TrafficSection.Write(report.Traffic, report.At)}
            {NeighbourSections.Write(report)}
            {DiarySections.Write(report)}
            """));
    }

    /// <summary>A whole page around its main part.</summary>
    /// <param name="verdict">The colour of its mark; null for a page without one.</param>
    /// <param name="parts">Items of the navigation.</param>
    public static string Frame(string title, StatusVerdict? verdict, string version, Html parts, Html main) => Html.Of($"""
        <!doctype html>
        <html lang="en" data-version="{version}">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <meta name="robots" content="noindex">
        <title>{title}</title>
        <link rel="icon" href="data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E%3Ccircle cx='8' cy='8' r='7' fill='%23{Signs.Colour(verdict)}'/%3E%3C/svg%3E">
        <style>{Html.Own(Style)}</style>
        {Html.When(verdict is not null, () => Html.Of($"<noscript><meta http-equiv=\"refresh\" content=\"30\"></noscript>"))}
        </head>
        <body>
        <a class="skip" href="#main">Skip to the status</a>
        <header class="top">
        <a class="brand" href="/"><svg viewBox="0 0 24 24" width="22" height="22" aria-hidden="true"><path d="M8 3H4v18h4M16 3h4v18h-4"/><circle cx="12" cy="12" r="3"/></svg>MatrixEdge</a>
        <nav aria-label="Parts of this page"><ul>{parts}</ul></nav>
        </header>
        <main id="main" tabindex="-1">
        {main}
        </main>
        <footer>
        <p>The same for programs: <a href="/status.json">status.json</a>, <a href="/metrics">metrics</a>, <a href="/health/ready">health</a>. For people: <a href="/readme">README</a> of this version.</p>
        </footer>
        {Html.When(verdict is not null, () => Html.Of($"<script>{Html.Own(Script)}</script>"))}
        </body>
        </html>

        """).ToString();

    private static Html Headline(StatusReport report) => Html.Of($"""
        <section class="verdict {Signs.Name(report.Verdict)}" aria-labelledby="verdict">
        <div aria-live="polite">
        <p class="state">{Signs.Icon(report.Verdict)} {Signs.Word(report.Verdict)}</p>
        <h1 id="verdict">{report.Sentence}</h1>
        </div>
        <p class="facts">Version {report.Version}, up {Words.Of(report.At - report.StartedAt)}. As of {Signs.Time(report.At, withSeconds: true)}.</p>
        <p class="live" data-own><span id="live" role="status"></span> <button type="button" id="pause" hidden>Pause</button>
        <noscript>This page loads itself again every 30 seconds.</noscript></p>
        </section>
        """);

    private static string Read(string name)
    {
        using var stream = typeof(StatusPage).Assembly.GetManifestResourceStream($"MatrixEdge.Observability.Status.{name}")
            ?? throw new InvalidOperationException($"The resource {name} is missing from the assembly.");
        using var reader = new StreamReader(stream);
        // As the browser reads it, which is what it compares the hash with (HTML §13.2.3.5).
        return reader.ReadToEnd().ReplaceLineEndings("\n");
    }

    private static string Hash(string text) => string.Create(CultureInfo.InvariantCulture, $"sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(text)))}");
}
