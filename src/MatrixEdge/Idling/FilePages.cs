using System.Buffers;
using System.Runtime.InteropServices;

namespace MatrixEdge.Idling;

/// <summary>
/// Pages of files that are in this process's memory: of the program, its libraries and what is compiled in advance. What the start
/// needed of them, and nobody since, is taken from the process as the kernel takes it when memory is short: it stays in the kernel's
/// cache of files, for all processes, until the kernel needs the room, and is there again where it is touched.
/// </summary>
/// <remarks>
/// Only pieces are touched in which nothing can be written and nothing was. One that will be relocated looks like that while it is being
/// loaded; therefore only those count that were seen before (<see cref="Look"/>).
/// </remarks>
internal sealed class FilePages(string map = "/proc/self/smaps")
{
    private const int DontNeed = 4; // MADV_DONTNEED
    private const int LongestLine = 8192; // a path has 4,096 at most

    private readonly HashSet<FileMapping> seen = [];

    /// <summary>Notes what could be given back; no more than that.</summary>
    public void Look()
    {
        seen.Clear();
        if (OperatingSystem.IsLinux())
            Read(mapping => seen.Add(mapping));
    }

    /// <summary>Gives back what is still as it was at the last look. Says how many pieces.</summary>
    public int GiveBack()
    {
        var given = 0;
        if (seen.Count > 0)
        {
            // At once, of what the kernel said a moment ago: it describes a few pieces at a time.
            Read(mapping =>
            {
                if (seen.Remove(mapping) && Advise((nint)mapping.Start, (nuint)(mapping.End - mapping.Start), DontNeed) == 0)
                    given++;
            });
        }

        Forget();
        return given;
    }

    /// <summary>As if nothing had been seen.</summary>
    public void Forget()
    {
        seen.Clear();
        seen.TrimExcess();
    }

    private void Read(Action<FileMapping> take)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(LongestLine);
        try
        {
            using var file = File.OpenHandle(map);
            var reader = new MappingReader();
            var (position, held) = (0L, 0);
            while (RandomAccess.Read(file, buffer.AsSpan(held), position) is > 0 and var read)
            {
                position += read;
                held += read;
                var rest = buffer.AsSpan(0, held);
                while (rest.IndexOf((byte)'\n') is >= 0 and var length)
                {
                    if (reader.Takes(rest[..length], out var mapping))
                        take(mapping);
                    rest = rest[(length + 1)..];
                }

                // Behind a line that fills the buffer nothing more is read.
                rest.CopyTo(buffer);
                held = rest.Length;
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // No such file system, or it is not for us: then nothing is given back.
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    [DllImport("libc", EntryPoint = "madvise", ExactSpelling = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Advise(nint start, nuint length, int advice);
}
