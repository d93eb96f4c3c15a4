using MatrixEdge.Protocol;

namespace MatrixEdge.Configuration;

/// <summary>A website that another server has.</summary>
/// <param name="Origin">Its scheme, host and port; no path.</param>
/// <param name="KeepHost">
/// Whether it is asked with the <c>Host</c> (and, with TLS, the server name) that the client asked for; else with its own.
/// </param>
/// <param name="TrustedRoots">Beside the system's; null for those alone.</param>
internal sealed record WebsiteProxy(Uri Origin, bool KeepHost, TrustedRoots? TrustedRoots) : WebsiteSettings
{
    public override string Words => $"{Origin.GetLeftPart(UriPartial.Authority)}, asked {(KeepHost ? "with the client's host" : "with its own host")}"
        + (TrustedRoots is null ? "" : $"; certificates from {TrustedRoots.Path} are trusted, too");

    public static WebsiteProxy? Parse(SettingsSection section, ListenSettings listen, ServerName? apex, string folder)
    {
        var keepHost = section.Flag("KeepHost", absent: false);
        var roots = Configuration.TrustedRoots.Parse(section, folder);
        if (section.Text("Proxy") is not { } text)
            return null;

        if (!WebAddress.TryParseOrigin(text, "https://www.example.net", out var origin, out var problem))
            section.Report("Proxy", problem);
        else if (listen.OwnerOf(origin) is { } own)
            section.Report("Proxy", $"that is the gateway's own listener ({own.Key}); give the website's");
        else if (LeadsBack(origin, listen, apex))
            section.Report("Proxy", "that is this site itself, so requests would go round in circles; give the website's own name or address");
        else if (roots is not null && origin.Scheme != Uri.UriSchemeHttps)
            section.Report("TrustedRoots", "Proxy is spoken to without TLS, so no certificate is looked at; write https:// there, or remove this");
        else
            return new WebsiteProxy(origin, keepHost, roots);

        return null;
    }
}
