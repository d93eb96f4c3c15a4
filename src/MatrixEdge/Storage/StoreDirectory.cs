using MatrixEdge.Configuration;

namespace MatrixEdge.Storage;

/// <summary>
/// The store as a directory of the gateway's own. Keys are readable by its user alone; a file is replaced whole or not at
/// all, also when the power fails in between.
/// </summary>
internal sealed class StoreDirectory(StoreSettings settings)
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode OwnerDirectory = OwnerOnly | UnixFileMode.UserExecute;
    private const UnixFileMode Readable = OwnerOnly | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    public string PathOf(string name) => Path.Combine(settings.Directory, name);

    /// <summary>The file's text, or null when there is none.</summary>
    /// <exception cref="StoreException">It is there and cannot be read.</exception>
    public string? Read(string name)
    {
        try
        {
            return File.ReadAllText(PathOf(name));
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new StoreException($"{PathOf(name)} cannot be read: {exception.Message}", exception);
        }
    }

    /// <summary>Puts the text in place of what was there. After it returns, the new text survives a crash.</summary>
    /// <param name="secret">True: mode 0600; false: anyone may read (0644).</param>
    /// <exception cref="StoreException">It could not be written; the old text is still there.</exception>
    public void Write(string name, string text, bool secret)
    {
        var path = PathOf(name);
        var temporary = path + ".new";
        try
        {
            CreateDirectory(Path.GetDirectoryName(path)!);
            File.Delete(temporary);
            var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
            if (!OperatingSystem.IsWindows())
                options.UnixCreateMode = secret ? OwnerOnly : Readable;
            using (var stream = new FileStream(temporary, options))
            {
                stream.Write(System.Text.Encoding.UTF8.GetBytes(text));
                stream.Flush(flushToDisk: true);
            }

            File.Move(temporary, path, overwrite: true);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new StoreException(
                $"{path} cannot be written: {exception.Message} Give the user that runs the gateway write access, or set MatrixEdge:Store:Directory", exception);
        }
    }

    private static void CreateDirectory(string directory)
    {
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(directory);
        else
            Directory.CreateDirectory(directory, OwnerDirectory);
    }
}

/// <summary>The store failed; the message is for the operator.</summary>
internal sealed class StoreException(string message, Exception inner) : Exception(message, inner);
