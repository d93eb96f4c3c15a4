namespace MatrixEdge.Configuration;

/// <summary>Why a file that the configuration names cannot be used.</summary>
internal static class ReadableFile
{
    /// <summary>What stands in the way of reading it, in words; null when nothing does.</summary>
    public static string? FindObstacle(string path)
    {
        // Opened, since a file in a folder that may not be searched looks to File.Exists as if it were not there.
        try
        {
            using var file = File.OpenRead(path);
            return null;
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            return $"there is no file {path}";
        }
        catch (UnauthorizedAccessException) when (Directory.Exists(path))
        {
            return $"{path} is a directory";
        }
        catch (UnauthorizedAccessException)
        {
            return $"the user {Environment.UserName} may not read {path}, or not look into its folder";
        }
        catch (IOException exception)
        {
            return exception.Message;
        }
    }
}
