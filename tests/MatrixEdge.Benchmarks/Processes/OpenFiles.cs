using System.Globalization;

namespace MatrixEdge.Benchmarks.Processes;

/// <summary>How many files, and so connections, a process may have open (getrlimit(2)).</summary>
internal static class OpenFiles
{
    /// <summary>
    /// Raises this process's limits, and with them those of all that it starts, as far as the system lets it: the runtime has
    /// raised the soft one to the hard one already, and the hard one is for those to raise who may.
    /// </summary>
    /// <returns>How many they are then.</returns>
    public static long Raise(long wanted)
    {
        if (Read() < wanted)
            Libc.SetOpenFiles(wanted);
        return Read();
    }

    // "Max open files            20000                20000                files"
    private static long Read()
    {
        var words = File.ReadLines("/proc/self/limits").Single(line => line.StartsWith("Max open files", StringComparison.Ordinal))
            .Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return long.TryParse(words[3], NumberStyles.None, CultureInfo.InvariantCulture, out var soft) ? soft : long.MaxValue;
    }
}
