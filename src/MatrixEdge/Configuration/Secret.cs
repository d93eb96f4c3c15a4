namespace MatrixEdge.Configuration;

/// <summary>A secret value: in the file itself, or better in a file of its own that only the gateway may read.</summary>
internal static class Secret
{
    /// <summary>The secret without blanks around it; null when there is none or it is wrong (told, without showing it).</summary>
    public static string? Read(SettingsSection section, string name, string fileName, string folder)
    {
        var text = section.Text(name);
        var path = section.FilePath(fileName, folder);
        if (path is null)
            return string.IsNullOrWhiteSpace(text) ? null : text.Trim();

        if (text is not null)
        {
            section.Problems.Add(section.Key(name), null, $"{fileName} is given, too; write one of the two");
            return null;
        }

        if (ReadableFile.FindObstacle(path) is { } obstacle)
        {
            section.Report(fileName, $"{obstacle}; give a file that holds the secret and nothing else");
            return null;
        }

        var secret = File.ReadAllText(path).Trim();
        if (secret.Length > 0)
            return secret;

        section.Report(fileName, "the file is empty");
        return null;
    }
}
