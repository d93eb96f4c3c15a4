namespace MatrixEdge.Configuration;

/// <summary>A folder whose files are public.</summary>
internal static class ServedDirectory
{
    /// <summary>Reads its path; null when it is absent or cannot be served (told).</summary>
    public static string? Parse(SettingsSection section, string name, ConfigurationDocument document)
    {
        if (section.FilePath(name, document.Folder) is not { } directory)
        {
            if (section.Raw(name) is null || section.Text(name) is "")
                section.Report(name, "name the folder with the files, for example \"site\"; a relative path starts at this file's folder");
            return null;
        }

        if (FindObstacle(directory) is { } obstacle)
            section.Report(name, obstacle);
        else if (document.Path is { } file && Holds(directory, file))
            section.Report(name, $"{file} is in there and would be public; put the files into a folder of their own, for example \"{Path.Combine(document.Folder, "site")}\"");
        else
            return directory;

        return null;
    }

    /// <summary>Reports directories that hold the store, whose keys would be public, or are in it, or hold the private key of a certificate.</summary>
    /// <param name="privateKey">Its file; null where certificates are not from files.</param>
    public static void CheckSecrets(IEnumerable<SiteSettings> sites, StoreSettings store, string? privateKey, Problems problems)
    {
        foreach (var site in sites)
        {
            Check(site.Website is WebsiteDirectory website ? website.Directory : null, $"{site.Key}:Website:Directory");
            Check(site.WebClient?.Directory, $"{site.Key}:WebClient:Directory");
        }

        void Check(string? directory, string key)
        {
            if (directory is not null && (Holds(directory, store.Directory) || Holds(store.Directory, directory)))
                problems.Add(key, $"\"{directory}\"", $"the store with the private keys is there ({store.Directory}); put the files into a folder of their own");
            if (directory is not null && privateKey is not null && Holds(directory, privateKey))
                problems.Add(key, $"\"{directory}\"", $"a private key is in there and would be public ({privateKey}); put the files into a folder of their own");
        }
    }

    private static bool Holds(string directory, string path) =>
        RealPath.Of(directory) is { } outer && RealPath.Of(path) is { } inner && RealPath.IsWithin(inner, outer);

    private static string? FindObstacle(string directory)
    {
        try
        {
            using var entries = Directory.EnumerateFileSystemEntries(directory).GetEnumerator();
            _ = entries.MoveNext();
            return null;
        }
        catch (IOException) when (File.Exists(directory))
        {
            return $"{directory} is a file; name the folder that it is in";
        }
        catch (DirectoryNotFoundException)
        {
            return $"there is no directory {directory}";
        }
        catch (UnauthorizedAccessException)
        {
            return $"the user {Environment.UserName} may not read {directory}, or not look into it";
        }
        catch (IOException exception)
        {
            return exception.Message;
        }
    }
}
