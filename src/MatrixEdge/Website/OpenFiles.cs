namespace MatrixEdge.Website;

/// <summary>
/// Opens files, each once for all who read it at the same time: the number of descriptors is bounded by that of the files, not
/// by that of the requests, of which clients that read slowly can hold as many as they like.
/// </summary>
internal sealed class OpenFiles
{
    private readonly Dictionary<FileLook, OpenFile> open = [];
    private readonly Lock gate = new();

    /// <summary>How many files are open now.</summary>
    public int Count
    {
        get
        {
            lock (gate)
                return open.Count;
        }
    }

    /// <summary>Opens a file; null when there is none, or it is a folder.</summary>
    /// <param name="path">Absolute, without links.</param>
    /// <exception cref="IOException">It is there and cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It is there and may not be read.</exception>
    public OpenFile? Open(string path)
    {
        if (Look(path) is not { } look)
            return null;

        lock (gate)
        {
            if (Share(look) is { } shared)
                return shared;
        }

        if (look.Length == 0)
            return new OpenFile(this, handle: null, look);

        try
        {
            // Whoever wants to write or replace it meanwhile, may.
            var handle = File.OpenHandle(path, share: FileShare.ReadWrite | FileShare.Delete);
            look = new FileLook(path, RandomAccess.GetLength(handle), File.GetLastWriteTimeUtc(handle));
            lock (gate)
            {
                if (Share(look) is { } shared)
                {
                    handle.Dispose();
                    return shared;
                }

                return open[look] = new OpenFile(this, handle, look);
            }
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            return null; // gone since it was looked at
        }
    }

    /// <summary>What a file looks like; null when there is none, or it is a folder.</summary>
    public static FileLook? Look(string path)
    {
        var file = new FileInfo(path);
        return file.Exists ? new FileLook(path, file.Length, file.LastWriteTimeUtc) : null;
    }

    internal void Close(OpenFile file)
    {
        lock (gate)
        {
            if (--file.Readers > 0 || file.Handle is null)
                return;
            open.Remove(file.Look);
        }

        file.Handle.Dispose();
    }

    private OpenFile? Share(FileLook look)
    {
        if (open.TryGetValue(look, out var file))
            file.Readers++;
        return file;
    }
}
