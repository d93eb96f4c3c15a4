using System.Collections.Immutable;
using System.Net;

namespace MatrixEdge.Configuration;

/// <summary>How the running gateway looks at its sites from outside.</summary>
/// <param name="Every">How often; zero for never. At least one second, at most a day.</param>
/// <param name="Resolvers">Whom to ask about names; empty: public ones, or the system's where those do not answer.</param>
/// <param name="TrustedRoots">Authorities to trust beside the system's; null for none.</param>
internal sealed record DoctorSettings(TimeSpan Every, ImmutableArray<IPEndPoint> Resolvers, TrustedRoots? TrustedRoots)
{
    private static readonly TimeSpan Usual = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan Longest = TimeSpan.FromDays(1);

    /// <summary>What is not configured.</summary>
    public static DoctorSettings Default { get; } = new(Usual, [], null);

    /// <summary>For <c>check</c>.</summary>
    public string Words => Every == TimeSpan.Zero
        ? "the gateway does not look at itself from outside"
        : $"looks at the sites from outside every {Every:c}, asking {(Resolvers.IsEmpty ? "public name servers" : string.Join(", ", Resolvers))}";

    public static DoctorSettings Parse(SettingsSection section, ConfigurationDocument document)
    {
        var every = section.Duration("Every") ?? (document.IsLocalMode ? TimeSpan.Zero : Usual);
        if (every < TimeSpan.Zero || every > Longest || (every > TimeSpan.Zero && every < TimeSpan.FromSeconds(1)))
            section.Report("Every", "must be between \"00:00:01\" and \"1.00:00:00\", or \"00:00:00\" for never");

        var settings = new DoctorSettings(every, DnsSettings.ParseResolvers(section), TrustedRoots.Parse(section, document.Folder));
        section.RejectUnknownKeys();
        return settings;
    }
}
