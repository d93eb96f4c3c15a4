using System.Runtime.InteropServices;

namespace MatrixEdge.Benchmarks.Reporting;

/// <summary>What the figures depend on and do not show.</summary>
internal static class MachineFacts
{
    public static void Write(TextWriter writer)
    {
        var memory = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 1e9;
        var kernel = File.ReadAllText("/proc/sys/kernel/osrelease").Trim();
        writer.WriteLine($"machine:  {Environment.ProcessorCount} cores, {Processor()}, {memory:0} GB, Linux {kernel} {RuntimeInformation.OSArchitecture}");
        writer.WriteLine($"load:     {string.Join(' ', File.ReadAllText("/proc/loadavg").Split(' ').Take(3))} before the start");
    }

    private static string Processor() =>
        File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(':')[1].Trim() ?? "unnamed processor";
}
