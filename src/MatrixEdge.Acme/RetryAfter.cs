using System.Globalization;
using System.Net.Http.Headers;

namespace MatrixEdge.Acme;

/// <summary>The header <c>Retry-After</c> (RFC 9110 §10.2.3).</summary>
internal static class RetryAfter
{
    private static readonly TimeSpan Longest = TimeSpan.FromDays(365);

    /// <summary>How long to wait: from zero, also for what has passed, to a year; null for no header and for nonsense.</summary>
    /// <param name="header">Seconds or a date.</param>
    /// <param name="now">What the clock shows that made the date: the server's.</param>
    public static TimeSpan? Read(string? header, DateTimeOffset now)
    {
        header = header?.Trim();
        if (string.IsNullOrEmpty(header))
            return null;

        var digits = header.AsSpan(header[0] == '-' ? 1 : 0);
        if (digits.Length > 0 && !digits.ContainsAnyExceptInRange('0', '9'))
        {
            return header[0] == '-' ? TimeSpan.Zero
                : long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && seconds < Longest.TotalSeconds ? TimeSpan.FromSeconds(seconds)
                : Longest;
        }

        return RetryConditionHeaderValue.TryParse(header, out var value) && value.Date is { } date
            ? TimeSpan.FromTicks(Math.Clamp((date - now).Ticks, 0, Longest.Ticks))
            : null;
    }
}
