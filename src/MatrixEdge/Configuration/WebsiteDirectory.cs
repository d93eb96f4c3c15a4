namespace MatrixEdge.Configuration;

/// <summary>A website of files.</summary>
/// <param name="Directory">Absolute; exists.</param>
internal sealed record WebsiteDirectory(string Directory) : WebsiteSettings
{
    public override string Words => $"the files in {Directory}";

    public static WebsiteDirectory? Parse(SettingsSection section, ConfigurationDocument document) =>
        ServedDirectory.Parse(section, "Directory", document) is { } directory ? new WebsiteDirectory(directory) : null;
}
