using System.Runtime.InteropServices;

namespace MatrixEdge.Idling;

/// <summary>
/// Gives memory back to the system in a quiet minute after a busy time. The garbage collector and the C library keep what they were made to
/// take for as long as nothing is asked of them, which on a small server is what the homeserver lacks.
/// </summary>
internal sealed class IdleMemory(TimeProvider time) : BackgroundService
{
    private const long MiB = 1024 * 1024;

    // A proxied request leaves about 2 kB behind.
    private const long Quiet = 8 * MiB;
    private const long WorthIt = 32 * MiB;

    // Everything stands still meanwhile, up to about a millisecond for each MiB that lives.
    private const long Largest = 512 * MiB;

    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    /// <summary>Whether now is the time; all in bytes.</summary>
    /// <param name="lately">Allocated in the last minute.</param>
    /// <param name="sinceLast">Allocated since memory was given back last.</param>
    /// <param name="living">How much there was at the last collection.</param>
    public static bool IsTime(long lately, long sinceLast, long living) => lately < Quiet && sinceLast >= WorthIt && living <= Largest;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // What the start left behind counts as a busy time.
        var (last, looked) = (-WorthIt, GC.GetTotalAllocatedBytes());
        while (true)
        {
            await Task.Delay(Interval, time, stoppingToken);
            var now = GC.GetTotalAllocatedBytes();
            if (IsTime(now - looked, now - last, GC.GetGCMemoryInfo().HeapSizeBytes))
            {
                GiveBack();
                last = now;
            }

            looked = now;
        }
    }

    private static void GiveBack()
    {
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        try
        {
            _ = MallocTrim(0);
        }
        catch (Exception exception) when (exception is EntryPointNotFoundException or DllNotFoundException)
        {
            // Another C library than GNU's: that of Alpine keeps little to begin with.
        }
    }

    [DllImport("libc", EntryPoint = "malloc_trim", ExactSpelling = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int MallocTrim(nuint pad);
}
