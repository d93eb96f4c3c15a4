using MatrixEdge.Protocol;

namespace MatrixEdge.Configuration;

/// <summary>
/// A move of federation that is under way: documents are kept for five minutes only, the old way stays open, and who still comes
/// by it is counted.
/// </summary>
/// <param name="FromHost">The former <c>PublicHost</c>; null when the host stays.</param>
/// <param name="FromPort">The former <c>FederationPort</c>; null when the port stays.</param>
internal sealed record MigrationSettings(string? FromHost, int? FromPort)
{
    /// <summary>No peer keeps a document for less (synapse/http/federation/well_known_resolver.py).</summary>
    public static readonly TimeSpan CacheFor = TimeSpan.FromMinutes(5);

    public static MigrationSettings? Parse(SettingsSection section, ServerName? publicHost, int federationPort, ListenSettings listen)
    {
        if (section.IsAbsent || section.IsMalformed)
            return null;

        var host = SiteHost.Parse(section, "FromHost");
        int? port = section.Raw("FromPort") is null ? null : section.Number("FromPort", 0, 1, ushort.MaxValue);
        if (section.Raw("FromHost") is null && section.Raw("FromPort") is null)
            section.Problems.Add(section.Path, null, "say what was: FromHost, the former PublicHost, FromPort, the former FederationPort, or both");
        if (host is not null && host.Equals(publicHost?.Host, StringComparison.OrdinalIgnoreCase))
            section.Report("FromHost", "that is the PublicHost now; give the former one, or leave it out where only the port moves");
        if (port is > 0 && port == federationPort)
            section.Report("FromPort", "that is the FederationPort now; give the former one, or leave it out where only the host moves");
        else if (port is > 0 && !listen.IsReached(port.Value))
            section.Report("FromPort", "nothing listens there, so whoever comes the former way would find nobody; keep it open by Listen");
        section.RejectUnknownKeys();
        return new MigrationSettings(host, port);
    }
}
