using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using MatrixEdge.Configuration;

namespace MatrixEdge.Storage;

/// <summary>
/// The store as a directory of the gateway's own. Keys are readable by its user alone; a file is replaced whole or not at
/// all, also when the power fails in between.
/// </summary>
internal sealed class StoreDirectory(StoreSettings settings, TimeProvider time) : IStore
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode OwnerDirectory = OwnerOnly | UnixFileMode.UserExecute;
    private const UnixFileMode Readable = OwnerOnly | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
    private const UnixFileMode Others =
        UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;

    // What the platform answers for a file that is not there, where it throws for one that cannot be reached. At the start most are not
    // there, and the first exception of a process costs more than all that is read.
    private static readonly DateTime NotThere = DateTime.FromFileTimeUtc(0);

    private const string Unfinished = ".new";
    private const string SetAsideMark = ".set-aside-";

    private const string Remedy = "Give the user that runs the gateway write access and room on the disk, or set MatrixEdge:Store:Directory";

    public string Place => $"the directory {settings.Directory}";

    public string PathOf(string name) => Path.Combine(settings.Directory, name);

    string IStore.PlaceOf(string name) => PathOf(name);

    /// <summary>The file's text, or null when there is none.</summary>
    /// <exception cref="StoreException">It is there and cannot be read.</exception>
    public string? Read(string name)
    {
        try
        {
            return File.GetLastWriteTimeUtc(PathOf(name)) == NotThere ? null : File.ReadAllText(PathOf(name));
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
        var temporary = path + Unfinished;
        Try(path, () =>
        {
            CreateDirectory(Path.GetDirectoryName(path)!);
            File.Delete(temporary);
            var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
            if (!OperatingSystem.IsWindows())
                options.UnixCreateMode = secret ? OwnerOnly : Readable;
            using (var stream = new FileStream(temporary, options))
            {
                stream.Write(Encoding.UTF8.GetBytes(text));
                stream.Flush(flushToDisk: true);
            }

            File.Move(temporary, path, overwrite: true);
            SyncDirectory(Path.GetDirectoryName(path)!);
        });
    }

    Task<string?> IStore.ReadAsync(string name, CancellationToken stop) => Task.FromResult(Read(name));

    Task IStore.WriteAsync(string name, string text, CancellationToken stop)
    {
        Write(name, text, secret: true);
        return Task.CompletedTask;
    }

    Task IStore.DeleteAsync(string name, CancellationToken stop)
    {
        var path = PathOf(name);
        Try(path, () =>
        {
            if (!File.Exists(path))
                return;

            File.Delete(path);
            SyncDirectory(Path.GetDirectoryName(path)!);
        });
        return Task.CompletedTask;
    }

    Task<IReadOnlyList<string>> IStore.ListAsync(string folder, CancellationToken stop)
    {
        var path = PathOf(folder);
        try
        {
            return Task.FromResult<IReadOnlyList<string>>([.. new DirectoryInfo(path).EnumerateFiles()
                .Select(file => file.Name)
                .Where(name => !name.EndsWith(Unfinished, StringComparison.Ordinal) && !name.Contains(SetAsideMark, StringComparison.Ordinal))
                .Order(StringComparer.Ordinal)
                .Select(name => $"{folder}/{name}")]);
        }
        catch (DirectoryNotFoundException)
        {
            return Task.FromResult<IReadOnlyList<string>>([]);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new StoreException($"{path} cannot be listed: {exception.Message}", exception);
        }
    }

    Task<string> IStore.SetAsideAsync(string name, string mark, CancellationToken stop)
    {
        var path = PathOf(name);
        var aside = string.Create(CultureInfo.InvariantCulture, $"{path}{SetAsideMark}{mark}-{time.GetUtcNow():yyyyMMdd'T'HHmmssfff}");
        Try(path, () =>
        {
            File.Move(path, aside, overwrite: true);
            SyncDirectory(Path.GetDirectoryName(path)!);
        });
        return Task.FromResult(aside);
    }

    Task<IReadOnlyList<string>> IStore.CloseToOthersAsync(string folder, CancellationToken stop) =>
        Task.FromResult<IReadOnlyList<string>>(CloseToOthers(PathOf(folder)));

    Task IStore.CheckAsync(string folder, CancellationToken stop)
    {
        var name = $"{folder}/.check";
        var text = Convert.ToHexString(RandomNumberGenerator.GetBytes(4096));
        Write(name, text, secret: true);
        if (Read(name) != text)
            throw new StoreException($"{PathOf(name)} was written and reads back differently: the disk or its file system is broken; look at the system's log");

        Try(PathOf(name), () => File.Delete(PathOf(name)));
        return Task.CompletedTask;
    }

    // The kernel's lock: gone with the process, however it ends. (Not to be relied on over NFS; several gateways share a database.)
    async Task<IAsyncDisposable?> IStore.TryLockAsync(string name, CancellationToken stop)
    {
        var path = PathOf(name);
        FileStream? stream = null;
        try
        {
            CreateDirectory(Path.GetDirectoryName(path)!);
            var options = new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite, Share = FileShare.None };
            if (!OperatingSystem.IsWindows())
                options.UnixCreateMode = OwnerOnly;
            return stream = new FileStream(path, options);
        }
        catch (IOException exception) when (exception.GetType() == typeof(IOException) && IsLocked(exception))
        {
            return null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new StoreException($"{path} cannot be locked: {exception.Message} {Remedy}", exception);
        }
    }

    // EWOULDBLOCK from flock(2), which .NET reports as a sharing violation.
    private static bool IsLocked(IOException exception) => OperatingSystem.IsWindows() ? (exception.HResult & 0xFFFF) == 32 : exception.HResult == 11;

    private static void Try(string path, Action change)
    {
        try
        {
            change();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new StoreException($"{path} cannot be written: {exception.Message} {Remedy}", exception);
        }
    }

    private static void CreateDirectory(string directory)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(directory);
            return;
        }

        // The framework gives the mode to the last folder alone.
        if (!Directory.Exists(directory))
        {
            if (Path.GetDirectoryName(directory) is { } parent)
                CreateDirectory(parent);
            Directory.CreateDirectory(directory, OwnerDirectory);
        }
    }

    // What others could read, they may have read: mended, and told.
    private static List<string> CloseToOthers(string folder)
    {
        var advice = new List<string>();
        if (OperatingSystem.IsWindows() || !Directory.Exists(folder))
            return advice;

        string[] paths;
        try
        {
            paths = [folder, .. Directory.GetFiles(folder)];
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return advice; // told by whoever reads it
        }

        foreach (var path in paths)
        {
            try
            {
                var mode = File.GetUnixFileMode(path);
                if ((mode & Others) == 0)
                    continue;

                File.SetUnixFileMode(path, mode & ~Others);
                advice.Add(string.Create(CultureInfo.InvariantCulture,
                    $"{path} was open to other users of this computer (mode {Convert.ToString((int)mode, 8)}) and is closed now. If any of them should not have the private key in it, run: matrixedge certificates revoke --reason keyCompromise"));
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                advice.Add($"{path} is open to other users of this computer and cannot be closed: {exception.Message} Change its owner to the user that runs the gateway, and its mode to 0600, a folder's to 0700");
            }
        }

        return advice;
    }

    // A rename is on the disk only when its directory is; the framework has no call for that.
    private static void SyncDirectory(string directory)
    {
        if (OperatingSystem.IsWindows())
            return;

        const int ReadOnly = 0;
        var handle = Open(directory, ReadOnly);
        if (handle < 0)
            return;

        _ = FSync(handle);
        _ = Close(handle);
    }

    [DllImport("libc", EntryPoint = "open")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Open([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags);

    [DllImport("libc", EntryPoint = "fsync")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int FSync(int handle);

    [DllImport("libc", EntryPoint = "close")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Close(int handle);
}
