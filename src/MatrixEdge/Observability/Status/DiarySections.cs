using System.Collections.Immutable;
using MatrixEdge.Certificates;

namespace MatrixEdge.Observability.Status;

/// <summary>What happened, on the page: to certificates, and to what was found from outside.</summary>
internal static class DiarySections
{
    public static Html Write(StatusReport report) => Html.Of($"""
        <div class="columns apart" id="diary">
        {Section("changes", "What changed", Html.Of($"No check has come out otherwise than before."), [.. report.Changes.Select(change => Of(change, report))])}
        {Section("certificates", "The certificates’ diary", Html.Of($"No certificate was ordered since the start, {Signs.Time(report.StartedAt)}."), [.. report.Diary.Select(entry => Of(entry, report.At))])}
        </div>
        """);

    private static Html Section(string id, string title, Html whenEmpty, ImmutableArray<Html> entries) => Html.Of($"""
        <section aria-labelledby="{id}-h">
        <h2 id="{id}-h">{title}</h2>
        <div class="card">
        {(entries.IsEmpty ? Html.Of($"<p class=\"empty\">{whenEmpty}</p>") : Html.Of($"<ol class=\"log\">{entries}</ol>"))}
        </div>
        </section>
        """);

    private static Html Of(ChangeStatus change, StatusReport report)
    {
        var whose = report.Sites.Length > 1 ? $"{change.ServerName}: " : "";
        var turn = change.Before is { } before ? $"{Word(before)} → {Word(change.Now)}" : Word(change.Now);
        return Entry(Signs.Icon(change.Now), change.At, report.At, Html.Of($"<p><strong>{whose}{change.Title}</strong> {turn}</p><p>{Words.Capital(change.Summary)}.</p>"));
    }

    private static Html Of(DiaryEntry entry, DateTimeOffset now)
    {
        var whose = entry.Site ?? "all sites";
        var reason = Words.Capital(entry.Reason ?? "").TrimEnd('.');
        return entry.Event switch
        {
            CertificateEventKind.Obtained => Entry(Signs.Icon(FindingOutcome.Ok), entry.At, now, Html.Of($"""
                <p><strong>New certificate</strong> for {whose} from {entry.Authority}{(entry.Took is { } took ? $" within {Words.Of(took)}" : "")},
                valid until {Words.Day(entry.NotAfter ?? default)}, serial <code>{entry.Serial}</code></p>
                """)),
            CertificateEventKind.Failed => Entry(Signs.Icon(FindingOutcome.Fail), entry.At, now, Html.Of($"""
                <p><strong>An attempt failed</strong> for {whose} at {entry.Authority}: {entry.Reason?.TrimEnd('.')}.{Html.When(entry.NextAttempt, next => Html.Of($" The next one: {Signs.Time(next)}."))}</p>
                """)),
            _ => Entry(Signs.Icon(FindingOutcome.Warn), entry.At, now, Html.Of($"""
                <p><strong>Near its end</strong>: the certificate for {whose}{(entry.NotAfter is { } end ? $", which expires {Words.Of(end)}" : "")}. {reason}.</p>
                """)),
        };
    }

    private static Html Entry(Html sign, DateTimeOffset at, DateTimeOffset now, Html what) =>
        Html.Of($"<li>{sign}<div><p class=\"fine\">{Signs.Time(at)}, {Words.Since(at, now)}</p>{what}</div></li>");

    private static string Word(FindingOutcome outcome) => Signs.Word(outcome).ToLowerInvariant();
}
