using MatrixEdge.Protocol;

namespace MatrixEdge.Configuration;

/// <summary>A website that another server has.</summary>
/// <param name="Origin">Its scheme, host and port; no path.</param>
/// <param name="KeepHost">
/// Whether it is asked with the <c>Host</c> (and, with TLS, the server name) that the client asked for; else with its own.
/// </param>
internal sealed record WebsiteProxy(Uri Origin, bool KeepHost) : WebsiteSettings
{
    public override string Words => $"{Origin.GetLeftPart(UriPartial.Authority)}, asked {(KeepHost ? "with the client's host" : "with its own host")}";

    public static WebsiteProxy? Parse(SettingsSection section, ListenSettings listen, ServerName? apex)
    {
        var keepHost = section.Flag("KeepHost", absent: false);
        if (section.Text("Proxy") is not { } text)
            return null;

        if (!WebAddress.TryParseOrigin(text, "https://www.example.net", out var origin, out var problem))
            section.Report("Proxy", problem);
        else if (listen.OwnerOf(origin) is { } own)
            section.Report("Proxy", $"that is the gateway's own listener ({own.Key}); give the website's");
        else if (LeadsBack(origin, listen, apex))
            section.Report("Proxy", "that is this site itself, so requests would go round in circles; give the website's own name or address");
        else
            return new WebsiteProxy(origin, keepHost);

        return null;
    }
}
