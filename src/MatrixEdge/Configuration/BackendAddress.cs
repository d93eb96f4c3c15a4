namespace MatrixEdge.Configuration;

/// <summary>Where a program behind the gateway listens: scheme, host and port.</summary>
internal static class BackendAddress
{
    /// <summary>Understands a required key; null when it is absent or wrong, which is told.</summary>
    /// <param name="what">The program in words: "homeserver".</param>
    /// <param name="example">An address as it may be.</param>
    public static Uri? Parse(SettingsSection section, string name, string what, string example, ListenSettings listen)
    {
        if (section.Raw(name) is null)
        {
            section.Problems.Add(section.Key(name), null, $"say where the {what} listens, for example \"{example}\"");
            return null;
        }

        return section.Text(name) is { } text ? Parse(section, name, text, what, example, listen) : null;
    }

    private static Uri? Parse(SettingsSection section, string name, string text, string what, string example, ListenSettings listen)
    {
        if (!text.Contains("://", StringComparison.Ordinal))
        {
            section.Report(name, $"the scheme is missing; write \"http://{text}\"");
            return null;
        }

        if (!Uri.TryCreate(text, UriKind.Absolute, out var address) || address.Scheme is not ("http" or "https") || address.Host.Length == 0)
        {
            section.Report(name, $"must be an http or https URL, for example \"{example}\"");
            return null;
        }

        if (address.PathAndQuery != "/" || address.Fragment.Length > 0 || address.UserInfo.Length > 0)
        {
            section.Report(name, $"must be scheme, host and port alone, since paths are passed on unchanged; write \"{address.GetLeftPart(UriPartial.Scheme)}{address.Authority}\"");
            return null;
        }

        if (address.IsLoopback && listen.All.FirstOrDefault(listener => listener.Port == address.Port) is { } own)
        {
            section.Report(name, $"that is the gateway's own listener ({own.Key}); give the {what}'s");
            return null;
        }

        return address;
    }
}
