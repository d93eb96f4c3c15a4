using System.Security.Cryptography;

namespace MatrixEdge.Configuration;

/// <summary>
/// Notices that files were changed, by looking at them: links (Kubernetes swaps a symbolic link of the folder), mounts and
/// editors that replace files all look the same this way, and a file that is still being written is waited for.
/// </summary>
internal sealed class WatchedFiles(TimeProvider time)
{
    /// <summary>How often the files are looked at; a change is taken when two looks agree.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>What the files look like now; looks at several, joined by line breaks, are the look at all of them.</summary>
    public static string Look(IEnumerable<string> paths) => string.Join('\n', paths.Select(Look));

    /// <summary>Returns the files' new look once they differ from <paramref name="seen"/> and have come to rest.</summary>
    public async Task<string> WaitForChangeAsync(IReadOnlyCollection<string> paths, string seen, CancellationToken stop)
    {
        var previous = seen;
        while (true)
        {
            await Task.Delay(Interval, time, stop);
            var current = Look(paths);
            if (current != seen && current == previous)
                return current;

            previous = current;
        }
    }

    // By content: times are as coarse as the kernel's clock, and a link may stand anywhere in the path. The files are small.
    private static string Look(string path)
    {
        try
        {
            return $"{path} {Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(path)))}";
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return $"{path} {exception.GetType().Name}";
        }
    }
}
