using System.Collections.Immutable;
using MatrixEdge.Protocol;

namespace MatrixEdge.Configuration;

/// <summary>What a site's apex shows beside Matrix: exactly one of a directory, another server, or a redirect.</summary>
internal abstract record WebsiteSettings
{
    private const string Directory = "Directory";
    private const string Proxy = "Proxy";
    private const string Redirect = "Redirect";

    /// <summary>What is shown, for an operator to read.</summary>
    public abstract string Words { get; }

    /// <summary>Reads <c>Sites[]:Website</c>; null when nothing is written there or nothing of use (told).</summary>
    /// <param name="apex">The site's server name, on whose host the website is; null when that is not known.</param>
    public static WebsiteSettings? Parse(SettingsSection section, ConfigurationDocument document, ListenSettings listen, ServerName? apex)
    {
        if (section.IsAbsent || section.IsMalformed)
            return null;

        var before = section.Problems.Found.Count;
        var chosen = ImmutableArray.Create(Directory, Proxy, Redirect).RemoveAll(choice => section.Raw(choice) is null);
        if (chosen.Length != 1)
        {
            section.Problems.Add(
                section.Path, null,
                chosen.IsEmpty
                    ? "say what is shown: \"Directory\" with a folder of files, \"Proxy\" with the address of another server, or \"Redirect\" with an address to go to"
                    : $"{string.Join(" and ", chosen.Select(choice => $"\"{choice}\""))} exclude each other; keep one of them");
        }

        RejectKeysOfOthers(section, chosen, Proxy, "KeepHost", "TrustedRoots");
        RejectKeysOfOthers(section, chosen, Redirect, "KeepPath", "Permanent");
        WebsiteSettings? settings = chosen is not [var only] ? null : only switch
        {
            Directory => WebsiteDirectory.Parse(section, document),
            Proxy => WebsiteProxy.Parse(section, listen, apex, document.Folder),
            _ => WebsiteRedirect.Parse(section, listen, apex),
        };

        section.RejectUnknownKeys();
        return section.Problems.Found.Count == before ? settings : null;
    }

    private static void RejectKeysOfOthers(SettingsSection section, ImmutableArray<string> chosen, string choice, params ReadOnlySpan<string> keys)
    {
        foreach (var key in keys)
        {
            if (section.Raw(key) is not null && !chosen.IsEmpty && !chosen.Contains(choice))
                section.Report(key, $"belongs to \"{choice}\" and means nothing beside \"{chosen[0]}\"; remove it");
        }
    }

    /// <summary>Whether requests to this address would come back to the site's apex on this gateway.</summary>
    protected static bool LeadsBack(Uri address, ListenSettings listen, ServerName? apex) =>
        apex is not null && address.Host.Equals(apex.Host, StringComparison.OrdinalIgnoreCase)
        && (address.Port is 80 or 443 or 8448 || listen.All.Any(listener => listener.Port == address.Port));
}
