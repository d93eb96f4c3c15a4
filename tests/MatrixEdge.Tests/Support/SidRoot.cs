namespace MatrixEdge.Tests.Support;

/// <summary>The Debian root with programs to hold the gateway to, which <c>tests/provision</c> makes.</summary>
internal static class SidRoot
{
    public static string Path { get; } = System.IO.Path.Combine(Folder(), "sid");

    private static string Folder()
    {
        if (Environment.GetEnvironmentVariable("MATRIXEDGE_TOOLS") is { Length: > 0 } folder)
            return folder;

        var cache = Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } set
            ? set
            : System.IO.Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache");
        return System.IO.Path.Combine(cache, "matrixedge-tools");
    }
}
