using MatrixEdge.Protocol;

namespace MatrixEdge.Configuration;

/// <summary>A further host name of a site, given by the key <c>Host</c> of a section.</summary>
internal static class SiteHost
{
    /// <summary>Understands the key; null when it is absent or wrong, which is told.</summary>
    public static string? Parse(SettingsSection section, string name = "Host")
    {
        if (section.Text(name) is not { } text)
            return null;

        if (!ServerName.TryParse(text, out var host, out var problem))
            section.Report(name, problem);
        else if (host.Port is not null)
            section.Report(name, $"leave out the port, as it follows from the listeners; write \"{host.Host}\"");
        else
            return host.Host.ToLowerInvariant();
        return null;
    }
}
