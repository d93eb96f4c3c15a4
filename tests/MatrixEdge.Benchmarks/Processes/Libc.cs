using System.Runtime.InteropServices;

namespace MatrixEdge.Benchmarks.Processes;

/// <summary>What .NET has no call for; numbers as Linux has them on every architecture that .NET runs on.</summary>
internal static class Libc
{
    public const int Terminate = 15;

    /// <summary>There is something to read (poll(2)).</summary>
    public const short PollIn = 1;

    private const int SetTimerSlackOption = 29;
    private const int OpenFilesLimit = 7;
    private const int BeforeOthers = -15;

    [DllImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static extern int Kill(int process, int signal);

    /// <summary>Waits until one of the descriptors is ready, or as long as that; to a nanosecond, which poll(2) cannot.</summary>
    /// <returns>How many are ready; negative when a signal came first.</returns>
    public static int Poll(Span<PollDescriptor> descriptors, TimeSpan limit)
    {
        var time = new TimeSpec(limit.Ticks / TimeSpan.TicksPerSecond, limit.Ticks % TimeSpan.TicksPerSecond * TimeSpan.NanosecondsPerTick);
        return PPoll(ref MemoryMarshal.GetReference(descriptors), (nuint)descriptors.Length, in time, 0);
    }

    /// <summary>
    /// Has this thread woken when it wants to be, and not up to 50 µs later, which is the kernel's default (prctl(2)), and before
    /// other threads where this process may ask for that (setpriority(2)): a client elsewhere would not wait for a processor here.
    /// </summary>
    public static void WakeExactly()
    {
        _ = PrCtl(SetTimerSlackOption, 1, 0, 0, 0);
        _ = SetPriority(0, 0, BeforeOthers);
    }

    /// <summary>Sets the soft and the hard limit of open files; without the right to do so nothing happens (setrlimit(2)).</summary>
    public static void SetOpenFiles(long count) => _ = SetRLimit(OpenFilesLimit, new Limits((nuint)count, (nuint)count));

    [DllImport("libc", EntryPoint = "ppoll")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int PPoll(ref PollDescriptor descriptors, nuint count, in TimeSpec limit, nint signals);

    [DllImport("libc", EntryPoint = "prctl")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int PrCtl(int option, nuint first, nuint second, nuint third, nuint fourth);

    [DllImport("libc", EntryPoint = "setpriority")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SetPriority(int kind, int thread, int value);

    [DllImport("libc", EntryPoint = "setrlimit")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SetRLimit(int resource, in Limits limits);

    [StructLayout(LayoutKind.Sequential)]
    private readonly record struct Limits(nuint Soft, nuint Hard);

    [StructLayout(LayoutKind.Sequential)]
    private readonly record struct TimeSpec(long Seconds, long Nanoseconds);
}
