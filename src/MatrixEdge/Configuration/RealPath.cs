namespace MatrixEdge.Configuration;

/// <summary>Where a path really leads, all symbolic links followed.</summary>
internal static class RealPath
{
    // Linux gives up there, too (path_resolution(7)).
    private const int MostLinks = 40;

    /// <summary>
    /// Follows the links of an absolute path, those of folders on the way, too; what is not there is taken as it is written.
    /// Null when links go round in circles.
    /// </summary>
    public static string? Of(string path) => Of(Path.GetPathRoot(path)!, path[Path.GetPathRoot(path)!.Length..]);

    /// <summary>The same for a path relative to a folder whose own path is real.</summary>
    public static string? Of(string folder, string path)
    {
        var real = folder;
        var rest = new Stack<string>();
        Push(rest, path);
        var links = 0;
        while (rest.TryPop(out var step))
        {
            if (step == "..")
            {
                real = Path.GetDirectoryName(real) ?? real;
                continue;
            }

            var next = Path.Combine(real, step);
            if (new FileInfo(next).LinkTarget is not { } target)
            {
                real = next;
                continue;
            }

            if (++links > MostLinks)
                return null;
            if (Path.IsPathRooted(target))
                real = Path.GetPathRoot(target)!;
            Push(rest, Path.IsPathRooted(target) ? target[real.Length..] : target);
        }

        return real;
    }

    /// <summary>Whether a path is a directory, or below it; both real.</summary>
    public static bool IsWithin(string path, string directory) =>
        path.StartsWith(directory, StringComparison.Ordinal)
        && (path.Length == directory.Length || directory[^1] == Path.DirectorySeparatorChar || path[directory.Length] == Path.DirectorySeparatorChar);

    private static void Push(Stack<string> rest, string path)
    {
        var steps = path.Split([Path.DirectorySeparatorChar, Path.AltDirectorySeparatorChar], StringSplitOptions.RemoveEmptyEntries);
        for (var i = steps.Length - 1; i >= 0; i--)
        {
            if (steps[i] != ".")
                rest.Push(steps[i]);
        }
    }
}
