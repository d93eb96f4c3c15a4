using System.Runtime.InteropServices;

namespace MatrixEdge.Benchmarks.Processes;

/// <summary>What .NET has no call for.</summary>
internal static class Libc
{
    public const int Terminate = 15;

    [DllImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static extern int Kill(int process, int signal);
}
