using System.Runtime.InteropServices;

namespace MatrixEdge.Idling;

/// <summary>
/// Gives memory back to the system in a quiet moment after the start or a busy time. The garbage collector, the C library and the process
/// keep what they were made to take for as long as nothing is asked of them, which on a small server is what the homeserver lacks.
/// </summary>
internal sealed partial class IdleMemory(TimeProvider time, ILogger<IdleMemory> logger) : BackgroundService
{
    private const long MiB = 1024 * 1024;

    // From one look to the next. A proxied request leaves about 2 kB behind.
    private const long Quiet = 8 * MiB / 60;

    private const long WorthIt = 8 * MiB;
    private const long WorthCollecting = 32 * MiB;

    // Everything stands still meanwhile, up to about a millisecond for each MiB that lives.
    private const long Largest = 512 * MiB;

    // Looks in a row. Pages of files were seen at the first, and a process that is stopped meanwhile takes one wait for however long it was.
    private const int Settled = 4;

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Starting = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Between = TimeSpan.FromMinutes(1);

    /// <summary>Whether a look finds that memory could be given back, if it stays so.</summary>
    /// <param name="lately">Allocated since the look before, in bytes.</param>
    /// <param name="grown">By how much more is resident than after the last time, in bytes.</param>
    /// <param name="running">Since when the gateway runs. Its start is work in pieces, and each leaves something behind.</param>
    /// <param name="sinceLast">Since memory was given back last; the gateway's whole life if never.</param>
    public static bool IsTime(long lately, long grown, TimeSpan running, TimeSpan sinceLast) =>
        lately < Quiet && grown >= WorthIt && (running < Starting || sinceLast >= Between);

    /// <summary>Whether objects are collected then, too: what that costs grows with how many live.</summary>
    /// <param name="sinceLast">Allocated since they were the last time, in bytes.</param>
    /// <param name="living">How much there was at the last collection, in bytes.</param>
    public static bool IsCollecting(long sinceLast, long living) => living <= Largest && sinceLast >= Math.Clamp(living, MiB, WorthCollecting);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var pages = new FilePages();
        var start = time.GetTimestamp();
        var (last, left, collected, looked, due) = (start, 0L, 0L, GC.GetTotalAllocatedBytes(), 0);
        while (true)
        {
            await Task.Delay(Interval, time, stoppingToken);
            var (allocated, resident) = (GC.GetTotalAllocatedBytes(), Environment.WorkingSet);
            due = IsTime(allocated - looked, resident - left, time.GetElapsedTime(start), time.GetElapsedTime(last)) ? due + 1 : 0;
            looked = allocated;
            if (due == 0)
            {
                pages.Forget();
            }
            else if (due == 1)
            {
                pages.Look();
            }
            else if (due == Settled)
            {
                if (IsCollecting(allocated - collected, GC.GetGCMemoryInfo().HeapSizeBytes))
                {
                    Collect();
                    collected = allocated;
                }

                _ = pages.GiveBack();
                (last, left, due) = (time.GetTimestamp(), Environment.WorkingSet, 0);
                Log.GaveBack(logger, resident / MiB, left / MiB);
            }
        }
    }

    private static void Collect()
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

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Debug, "Gave memory back that nothing needs just now: of {Before} MiB, {After} are left")]
        public static partial void GaveBack(ILogger logger, long before, long after);
    }
}
