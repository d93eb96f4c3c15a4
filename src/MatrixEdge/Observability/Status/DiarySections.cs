using MatrixEdge.Certificates;

namespace MatrixEdge.Observability.Status;

/// <summary>What happened, on the page: to certificates, and to what was found from outside.</summary>
internal static class DiarySections
{
    public static Html Write(StatusReport report) => Html.Of($"""
        <div class="columns apart" id="diary">
        <section aria-labelledby="changes-h">
        <h2 id="changes-h">What changed</h2>
        <div class="card">
        {(report.Changes.IsEmpty ? Html.Of($"<p class=\"empty\">No check has come out otherwise than before.</p>") : Html.Of($"<ol class=\"log\">{report.Changes.Select(change => Of(change, report))}</ol>"))}
        </div>
        </section>
        <section aria-labelledby="certificates-h">
        <h2 id="certificates-h">The certificates’ diary</h2>
        <div class="card">
        {(report.Diary.IsEmpty ? Html.Of($"<p class=\"empty\">No certificate was ordered since the start, {Signs.Time(report.StartedAt)}.</p>") : Html.Of($"<ol class=\"log\">{report.Diary.Select(entry => Of(entry, report))}</ol>"))}
        </div>
        </section>
        </div>
        """);

    private static Html Of(ChangeStatus change, StatusReport report) => Html.Of($"""
        <li>{Signs.Icon(change.Now)}<div><p class="fine">{Signs.Time(change.At)}, {Words.Since(change.At, report.At)}</p>
        <p><strong>{(report.Sites.Length > 1 ? $"{change.ServerName}: " : "")}{change.Title}</strong> {(change.Before is { } before ? $"{Word(before)} → {Word(change.Now)}" : Word(change.Now))}</p>
        <p>{Words.Capital(change.Summary)}.</p></div></li>
        """);

    private static Html Of(DiaryEntry entry, StatusReport report)
    {
        var whose = entry.Site ?? "all sites";
        var (sign, what) = entry.Event switch
        {
            CertificateEventKind.Obtained => ("ok", Html.Of($"<strong>New certificate</strong> for {whose} from {entry.Authority}{(entry.Took is { } took ? $" within {Words.Of(took)}" : "")}, valid until {Words.Day(entry.NotAfter ?? default)}, serial <code>{entry.Serial}</code>")),
            CertificateEventKind.Failed => ("fail", Html.Of($"<strong>An attempt failed</strong> for {whose} at {entry.Authority}: {entry.Reason?.TrimEnd('.')}.{(entry.NextAttempt is { } next ? Html.Of($" The next one: {Signs.Time(next)}.") : Html.None)}")),
            _ => ("warn", Html.Of($"<strong>Near its end</strong>: the certificate for {whose}{(entry.NotAfter is { } end ? $", which expires {Words.Of(end)}" : "")}. {Words.Capital(entry.Reason ?? "").TrimEnd('.')}.")),
        };
        return Html.Of($"<li>{Signs.Icon(sign)}<div><p class=\"fine\">{Signs.Time(entry.At)}, {Words.Since(entry.At, report.At)}</p><p>{what}</p></div></li>");
    }

    private static string Word(FindingOutcome outcome) => Signs.Word(outcome).ToLowerInvariant();
}
