namespace MatrixEdge.Configuration;

/// <summary>Where the configuration in force was read from, to read it again when the file changes.</summary>
/// <param name="Look">What the file looked like when it was read.</param>
internal sealed record ConfigurationSource(string? Option, ConfigurationEnvironment Environment, ConfigurationDocument Document, string Look)
{
    /// <summary>Reads the configuration for the first time.</summary>
    public static ConfigurationSource? Open(string? option, ConfigurationEnvironment environment, Problems problems)
    {
        // Looked at before it is read: a change in between is then noticed.
        var path = ConfigurationDocument.Find(option, environment, problems);
        if (problems.Any)
            return null;

        var look = path is null ? "" : WatchedFiles.Look([path]);
        return ConfigurationDocument.Read(path, environment, problems) is { } document
            ? new ConfigurationSource(option, environment, document, look)
            : null;
    }

    /// <summary>Reads the same file again.</summary>
    public ConfigurationDocument? Read(Problems problems) => ConfigurationDocument.Read(Document.Path, Environment, problems);
}
