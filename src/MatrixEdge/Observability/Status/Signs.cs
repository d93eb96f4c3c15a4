using System.Globalization;

namespace MatrixEdge.Observability.Status;

/// <summary>How verdicts, outcomes and times look on the page: never by colour alone.</summary>
internal static class Signs
{
    private static readonly Html Check = Html.Of($"<path d=\"M3.5 8.5l3 3 6-7\"/>");
    private static readonly Html Exclamation = Html.Of($"<path d=\"M8 3.5v6M8 12.3v.2\"/>");
    private static readonly Html Cross = Html.Of($"<path d=\"M4.2 4.2l7.6 7.6M11.8 4.2l-7.6 7.6\"/>");
    private static readonly Html Arrow = Html.Of($"<path d=\"M3 8h9.5M9 4.3L12.7 8 9 11.7\"/>");
    private static readonly Html Dash = Html.Of($"<path d=\"M4 8h8\"/>");

    public static string Name(StatusVerdict verdict) => verdict switch
    {
        StatusVerdict.Ok => "ok",
        StatusVerdict.Warn => "warn",
        StatusVerdict.Fail => "fail",
        _ => "unknown",
    };

    public static string Name(FindingOutcome outcome) => outcome switch
    {
        FindingOutcome.Ok => "ok",
        FindingOutcome.Warn => "warn",
        FindingOutcome.Fail => "fail",
        _ => "unknown",
    };

    public static string Word(StatusVerdict verdict) => verdict switch
    {
        StatusVerdict.Ok => "Well",
        StatusVerdict.Warn => "Needs a look",
        StatusVerdict.Fail => "Not well",
        _ => "Not looked at",
    };

    public static string Word(FindingOutcome outcome) => outcome switch
    {
        FindingOutcome.Ok => "Well",
        FindingOutcome.Warn => "Needs a look",
        FindingOutcome.Fail => "Fails",
        _ => "Skipped",
    };

    /// <summary>For the title, where there is nothing but text.</summary>
    public static string Mark(StatusVerdict verdict) => verdict switch
    {
        StatusVerdict.Ok => "✓",
        StatusVerdict.Warn => "!",
        StatusVerdict.Fail => "✗",
        _ => "?",
    };

    /// <summary>Of the page's mark in the browser's tabs, which are light or dark as they like.</summary>
    public static string Colour(StatusVerdict? verdict) => verdict switch
    {
        StatusVerdict.Ok => "2e9e66",
        StatusVerdict.Warn => "d08a1d",
        StatusVerdict.Fail => "d64545",
        _ => "7d8b94",
    };

    public static Html Icon(StatusVerdict verdict) => Icon(Name(verdict));

    public static Html Icon(FindingOutcome outcome) => Icon(Name(outcome));

    /// <summary>A sign for a class; the word stands beside it.</summary>
    public static Html Icon(string name) => Html.Of($"<svg class=\"sign {name}\" viewBox=\"0 0 16 16\" width=\"16\" height=\"16\" aria-hidden=\"true\">{name switch { "ok" => Check, "warn" => Exclamation, "fail" => Cross, "way" => Arrow, _ => Dash }}</svg>");

    /// <summary>A point in time, for people and for programs.</summary>
    public static Html Time(DateTimeOffset time, bool withSeconds = false) =>
        Html.Of($"<time datetime=\"{Exact(time)}\">{(withSeconds ? time.UtcDateTime.ToString("d MMM yyyy, HH:mm:ss 'UTC'", CultureInfo.InvariantCulture) : Words.Of(time))}</time>");

    /// <summary>How long ago, or in how long; the point in time is in its title.</summary>
    public static Html Ago(DateTimeOffset time, DateTimeOffset now) => Html.Of($"<time datetime=\"{Exact(time)}\" title=\"{Words.Of(time)}\">{Words.Since(time, now)}</time>");

    /// <summary>A day; the point in time is in its title.</summary>
    public static Html Day(DateTimeOffset time) => Html.Of($"<time datetime=\"{Exact(time)}\" title=\"{Words.Of(time)}\">{Words.Day(time)}</time>");

    private static string Exact(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
