namespace MatrixEdge.Observability.Status;

/// <summary>A site's certificate on the page: its life as a bar, what it is, and where it was met.</summary>
internal static class CertificatePart
{
    private static readonly Html Key = Html.Of($"<span class=\"key window\" aria-hidden=\"true\"></span>");

    public static Html Write(SiteStatus site, DateTimeOffset now) => site.Certificate is not { } certificate
        ? Html.Of($"<p class=\"empty\">There is no certificate.</p>")
        : Html.Of($"{Life(certificate, now)}{Facts(certificate, now)}{Seen(site)}");

    private static Html Life(ListedCertificate certificate, DateTimeOffset now)
    {
        if (certificate is not { NotBefore: { } begin, NotAfter: { } end } || end <= begin)
            return Html.Of($"<p class=\"empty\">{Words.Capital(certificate.Trouble ?? "there is none yet")}.</p>");

        double At(DateTimeOffset time) => Math.Clamp(100 * ((time - begin) / (end - begin)), 0, 100);
        var at = At(now);
        var (from, to) = certificate.Window is { } window ? (window.Start, window.End) : (certificate.NextRenewal?.At ?? end, end);
        var hasWindow = certificate.Window is not null || certificate.NextRenewal is not null;
        var left = end > now ? $"{Words.Of(end - now)} left" : $"expired {Words.Since(end, now)}";
        var renewal = certificate switch
        {
            { Window: { } one } => $"renewal between {Words.Day(one.Start)} and {Words.Day(one.End)}",
            { NextRenewal: { } next } => $"renewal from {Words.Day(next.At)} on",
            _ => "renewed by something else",
        };
        // Half as long again as a marker is wide: a window of a day in a life of ninety would hardly be seen.
        var width = Math.Max(At(to) - At(from), 1.5);
        var name = $"The certificate's life: issued {Words.Day(begin)}, {renewal}, expires {Words.Day(end)}; {left}";
        return Html.Of($"""
            <figure class="life">
            <svg class="{(end <= now ? "over" : "valid")}" width="100%" height="30" role="img" aria-label="{name}">
            <rect class="track" x="0" y="11" width="100%" height="8" rx="4"/>
            <rect class="past" x="0" y="11" width="{at}%" height="8" rx="4"/>
            {Html.When(hasWindow, () => Html.Of($"<rect class=\"window\" x=\"{Math.Min(At(from), 100 - width)}%\" y=\"7\" width=\"{width}%\" height=\"16\" rx=\"3\"/>"))}
            <line class="now" x1="{Math.Clamp(at, 0.4, 99.6)}%" x2="{Math.Clamp(at, 0.4, 99.6)}%" y1="2" y2="28"/>
            </svg>
            <figcaption><span>Issued {Signs.Day(begin)}</span><span class="left"><span class="key now" aria-hidden="true"></span>{left}</span><span>Expires {Signs.Day(end)}</span></figcaption>
            </figure>
            """);
    }

    private static Html Facts(ListedCertificate certificate, DateTimeOffset now) => Html.Of($"""
        <dl class="list">
        {Html.When(certificate.NextRenewal, next => Fact(certificate.Window is null ? Key : Html.None, "Renewal", Renewal(next, now)))}
        {Html.When(certificate.Window, window => Fact(Key, "Window", Html.Of($"{Signs.Day(window.Start)} – {Signs.Day(window.End)}<span class=\"fine\">, suggested by the authority</span>")))}
        {Html.When(certificate.Authority, authority => Fact(Html.None, "Issued by", Html.Of($"{authority}")))}
        {Html.When(certificate.Serial, serial => Fact(Html.None, "Serial", Html.Of($"<code>{serial}</code>")))}
        {Fact(Html.None, "Names", Html.Of($"{string.Join(", ", certificate.Names)}"))}
        {Html.When(!certificate.LeftOut.IsEmpty, () => Fact(Html.None, "Left out", Html.Of($"{string.Join(", ", certificate.LeftOut.Select(left => $"{left.Name} ({left.Reason})"))}")))}
        {Html.When(certificate.Failures > 0 ? certificate.LastFailure : null, failure => Fact(Html.None, Words.Count(certificate.Failures, "failure"), Failure(failure, certificate.NextAttempt, now)))}
        </dl>
        """);

    private static Html Fact(Html key, string name, Html what) => Html.Of($"<div><dt>{key}{name}</dt><dd>{what}</dd></div>");

    private static Html Renewal(NextRenewal next, DateTimeOffset now)
    {
        var when = next.At <= now ? Html.Of($"due now") : Html.Of($"{Signs.Day(next.At)}, {Words.Since(next.At, now)}");
        return Html.Of($"{when}<span class=\"fine\"> – {next.Reason}</span>");
    }

    private static Html Failure(ListedFailure failure, DateTimeOffset? nextAttempt, DateTimeOffset now) =>
        Html.Of($"{Signs.Ago(failure.At, now)}, by {failure.Authority}: {failure.Message}{Html.When(nextAttempt, next => Html.Of($" Next attempt {Signs.Ago(next, now)}."))}");

    private static Html Seen(SiteStatus site) => site.Seen.IsEmpty ? Html.None : Html.Of($"""
        <table class="seen">
        <caption>Met from outside</caption>
        <thead><tr><th scope="col">Port and address</th><th scope="col">Certificate</th></tr></thead>
        {site.Seen.GroupBy(seen => seen.Host).Select(host => Html.Of($"<tbody><tr class=\"host\"><th scope=\"rowgroup\" colspan=\"2\">{host.Key}</th></tr>{host.Select(Row)}</tbody>"))}
        </table>
        """);

    private static Html Row(SeenStatus seen) => Html.Of($"<tr><th scope=\"row\">{seen.Port} <code class=\"at\">{seen.Address}</code></th><td>{What(seen)}</td></tr>");

    private static Html What(SeenStatus seen) => seen switch
    {
        { IsServed: true } => Html.Of($"{Signs.Icon("ok")} the one above"),
        { Serial: { } serial } => Html.Of($"{Signs.Icon("fail")} <strong>another one</strong>, <code>{serial}</code>{(seen.NotAfter is { } end ? $", until {Words.Day(end)}" : "")}"),
        _ => Html.Of($"{Signs.Icon("fail")} {seen.Failure ?? "none"}"),
    };
}
