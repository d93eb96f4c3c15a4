using System.Globalization;

namespace MatrixEdge.Configuration;

/// <summary>
/// How often something may be done: <paramref name="Requests"/> at once, and as many again evenly spread over <paramref name="Per"/>.
/// </summary>
/// <param name="Requests">1 to 1,000,000; 0 for any number.</param>
/// <param name="Per">One second to one day.</param>
internal readonly record struct RateLimit(int Requests, TimeSpan Per)
{
    private static readonly TimeSpan Shortest = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Longest = TimeSpan.FromDays(1);

    /// <summary>True when any number is allowed.</summary>
    public bool IsOff => Requests == 0;

    /// <summary>Understands a section; what is absent or wrong (told) is taken from <paramref name="absent"/>.</summary>
    public static RateLimit Parse(SettingsSection section, RateLimit absent)
    {
        var requests = section.Number("Requests", absent.Requests, 0, 1_000_000);
        var per = section.Duration("Per") ?? absent.Per;
        if (per < Shortest || per > Longest)
        {
            section.Report("Per", "must be a length of time from one second to one day, for example \"00:01:00\"");
            per = absent.Per;
        }

        section.RejectUnknownKeys();
        return new RateLimit(requests, per);
    }

    public override string ToString() => IsOff ? "off" : string.Create(CultureInfo.InvariantCulture, $"{Requests} in {Per:c}");
}
