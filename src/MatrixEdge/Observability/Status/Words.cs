using System.Globalization;

namespace MatrixEdge.Observability.Status;

/// <summary>Times, durations and numbers as people read them.</summary>
internal static class Words
{
    /// <summary><c>22 Nov 2026, 17:47 UTC</c>.</summary>
    public static string Of(DateTimeOffset time) => time.UtcDateTime.ToString("d MMM yyyy, HH:mm 'UTC'", CultureInfo.InvariantCulture);

    /// <summary><c>22 Nov 2026</c>.</summary>
    public static string Day(DateTimeOffset time) => time.UtcDateTime.ToString("d MMM yyyy", CultureInfo.InvariantCulture);

    /// <summary><c>41 days</c>, <c>3 hours</c>; a length of time, however it is counted.</summary>
    public static string Of(TimeSpan time)
    {
        var length = time.Duration();
        return length switch
        {
            { TotalDays: >= 2 } => Count((long)length.TotalDays, "day"),
            { TotalHours: >= 2 } => Count((long)length.TotalHours, "hour"),
            { TotalMinutes: >= 2 } => Count((long)length.TotalMinutes, "minute"),
            _ => Count((long)length.TotalSeconds, "second"),
        };
    }

    /// <summary><c>3 minutes ago</c>, <c>in 2 days</c>, <c>just now</c>.</summary>
    public static string Since(DateTimeOffset time, DateTimeOffset now) => (now - time).TotalSeconds switch
    {
        >= 0 and < 5 => "just now",
        < 0 => $"in {Of(time - now)}",
        _ => $"{Of(now - time)} ago",
    };

    /// <summary><c>1 server</c>, <c>12,345 servers</c>.</summary>
    public static string Count(long count, string one) => $"{Number(count)} {one}{(count == 1 ? "" : "s")}";

    /// <summary>The same as the beginning of a sentence.</summary>
    public static string Capital(string words) => words.Length == 0 ? words : char.ToUpperInvariant(words[0]) + words[1..];

    public static string Number(long number) => number.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary><c>12 ms</c>, <c>1.5 s</c>.</summary>
    public static string Duration(double milliseconds) => milliseconds switch
    {
        < 10 => string.Create(CultureInfo.InvariantCulture, $"{milliseconds:0.#} ms"),
        < 1000 => string.Create(CultureInfo.InvariantCulture, $"{milliseconds:0} ms"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{milliseconds / 1000:0.#} s"),
    };

    /// <summary><c>0.4 %</c>; never 0 for what is not nothing, nor 100 for what is not all.</summary>
    public static string Share(long part, long whole)
    {
        var share = whole == 0 ? 0 : 100.0 * part / whole;
        return share is > 0 and < 0.1 ? "< 0.1 %" : share is > 99.9 and < 100 ? "> 99.9 %" : string.Create(CultureInfo.InvariantCulture, $"{share:0.#} %");
    }
}
