namespace MatrixEdge.Configuration;

/// <summary>
/// For how long browsers are told to come to this gateway's hosts by HTTPS alone (RFC 6797). By choice, since it cannot be
/// taken back before that time has passed: whoever moves a website to a host without HTTPS loses its visitors.
/// </summary>
internal static class StrictTransportSecurity
{
    private const string Name = "StrictTransportSecurity";

    private static readonly TimeSpan Longest = TimeSpan.FromDays(2 * 365);

    /// <summary>Null when nothing is said; zero, to make browsers forget what they were told, is a time like any other.</summary>
    public static TimeSpan? Parse(SettingsSection section)
    {
        var time = section.Duration(Name);
        if (time is null || (time >= TimeSpan.Zero && time <= Longest))
            return time;

        section.Report(Name, "give a time up to two years, \"730.00:00:00\"; one year is \"365.00:00:00\", and \"00:00:00\" makes browsers forget it");
        return null;
    }
}
