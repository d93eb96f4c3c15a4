using MatrixEdge.Protocol;

namespace MatrixEdge.Configuration;

/// <summary>A website that is elsewhere.</summary>
/// <param name="Target">Where to: absolute, ASCII, as it was written.</param>
/// <param name="KeepPath">Whether path and query of the request are appended; else everything goes to exactly the target.</param>
/// <param name="Permanent">Whether clients may remember it for good.</param>
internal sealed record WebsiteRedirect(string Target, bool KeepPath, bool Permanent) : WebsiteSettings
{
    public override string Words => $"redirect to {Target}{(KeepPath ? " with path and query" : "")}{(Permanent ? ", for good" : "")}";

    public static WebsiteRedirect? Parse(SettingsSection section, ListenSettings listen, ServerName? apex)
    {
        const string Name = "Redirect";
        var keepPath = section.Flag("KeepPath", absent: true);
        var permanent = section.Flag("Permanent", absent: false);
        if (section.Text(Name) is not { } text)
            return null;

        if (!WebAddress.TryParse(text, out var target, out var problem))
            section.Report(Name, problem);
        else if (!RequestTarget.IsWellFormed(text) || text.AsSpan().ContainsAny('"', '\\'))
            section.Report(Name, $"must be ASCII, as it stands in the address bar when copied; write \"https://{target.IdnHost}{target.PathAndQuery}{target.Fragment}\"");
        else if (keepPath && (target.Query.Length > 0 || target.Fragment.Length > 0))
            section.Report(Name, "leave out what follows \"?\" or \"#\", since path and query of the request are appended; or write \"KeepPath\": false");
        else if (LeadsBack(target, listen, apex))
            section.Report(Name, "that is this site itself, so browsers would go round in circles; give another host, for example \"https://www.example.com\"");
        else
            return new WebsiteRedirect(text, keepPath, permanent);

        return null;
    }
}
