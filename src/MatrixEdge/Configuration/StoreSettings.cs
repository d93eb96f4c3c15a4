namespace MatrixEdge.Configuration;

/// <summary>Where certificates, keys and state are kept.</summary>
/// <param name="Directory">Absolute.</param>
internal sealed record StoreSettings(string Directory)
{
    private const string SystemDirectory = "/var/lib/matrixedge";

    public static StoreSettings Parse(SettingsSection section, ConfigurationDocument document)
    {
        var directory = section.FilePath("Directory", document.Folder);
        if (section.Raw("PostgreSql") is not null)
            section.Problems.Add(section.Key("PostgreSql"), null, "this version keeps its store in a directory only; use Store:Directory");
        section.RejectUnknownKeys();

        if (directory is not null && System.IO.File.Exists(directory))
            section.Report("Directory", "that is a file; name a directory");

        return new StoreSettings(directory ?? Default(document));
    }

    private static string Default(ConfigurationDocument document)
    {
        if (document.IsLocalMode)
        {
            // Where it belongs, even if a fresh account has no such folder yet.
            var data = Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify);
            return data.Length > 0 ? Path.Combine(data, "matrixedge") : Path.Combine(document.Folder, "matrixedge-store");
        }

        return CanKeep(SystemDirectory) ? SystemDirectory : Path.Combine(document.Folder, "matrixedge-store");
    }

    // Asked without leaving a trace: `check` must not create anything.
    private static bool CanKeep(string directory) =>
        System.IO.Directory.Exists(directory) ? IsWritable(directory) : IsWritable(Path.GetDirectoryName(directory)!);

    private static bool IsWritable(string directory)
    {
        try
        {
            using var probe = new FileStream(
                Path.Combine(directory, Path.GetRandomFileName()), FileMode.CreateNew, FileAccess.Write, FileShare.None, 1, FileOptions.DeleteOnClose);
            return true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
