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

        if (section.Text(name) is not { } text)
            return null;

        if (!WebAddress.TryParseOrigin(text, example, out var address, out var problem))
            section.Report(name, problem);
        else if (listen.OwnerOf(address) is { } own)
            section.Report(name, $"that is the gateway's own listener ({own.Key}); give the {what}'s");
        else
            return address;
        return null;
    }
}
