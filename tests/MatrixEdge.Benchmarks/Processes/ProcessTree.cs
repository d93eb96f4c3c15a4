using System.Globalization;

namespace MatrixEdge.Benchmarks.Processes;

/// <summary>What a process and its children use, as the kernel counts it (proc(5)).</summary>
internal static class ProcessTree
{
    // USER_HZ: what /proc counts in, on every architecture that .NET runs on.
    public const int TicksPerSecond = 100;

    /// <summary>The process itself and all that descends from it.</summary>
    public static IReadOnlyList<int> Of(int root)
    {
        var parents = new Dictionary<int, int>();
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var id) && ReadStat(id) is { } stat)
                parents[id] = int.Parse(stat[1], CultureInfo.InvariantCulture);
        }

        var found = new List<int> { root };
        for (var i = 0; i < found.Count; i++)
            found.AddRange(parents.Where(pair => pair.Value == found[i]).Select(pair => pair.Key));
        return found;
    }

    /// <summary>User and system time of all threads of all these processes since their start.</summary>
    public static TimeSpan CpuTime(IEnumerable<int> processes) =>
        TimeSpan.FromSeconds((double)processes.Sum(id => ReadStat(id) is { } stat ? Ticks(stat, 11) : 0) / TicksPerSecond);

    /// <summary>The same of a process's children that have ended.</summary>
    public static TimeSpan CpuTimeOfEnded(int process) =>
        TimeSpan.FromSeconds((double)(ReadStat(process) is { } stat ? Ticks(stat, 13) : 0) / TicksPerSecond);

    /// <summary>The sum of the resident sets in bytes; what processes share counts in each.</summary>
    public static long ResidentBytes(IEnumerable<int> processes) => processes.Sum(id =>
    {
        var line = File.ReadLines($"/proc/{id}/status").FirstOrDefault(line => line.StartsWith("VmRSS:", StringComparison.Ordinal));
        return line is null ? 0 : long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) * 1024;
    });

    // User time at this field, system time at the next.
    private static long Ticks(string[] stat, int field) =>
        long.Parse(stat[field], CultureInfo.InvariantCulture) + long.Parse(stat[field + 1], CultureInfo.InvariantCulture);

    // The fields from the third on: the second, the name in brackets, may hold anything.
    private static string[]? ReadStat(int id)
    {
        try
        {
            var text = File.ReadAllText($"/proc/{id}/stat");
            return text[(text.LastIndexOf(')') + 2)..].Split(' ');
        }
        catch (IOException)
        {
            return null; // it has ended
        }
    }
}
