using System.Reflection;

namespace MatrixEdge.EndToEnd.Support;

/// <summary>What <c>tests/provision</c> installs, and where.</summary>
internal static class Tools
{
    /// <summary>The Debian root in which Synapse is installed.</summary>
    public static string Root { get; } = Path.Combine(Folder(), "sid");

    /// <summary>The scripts for Node.js, with the packages that they use.</summary>
    public static string JavaScript { get; } = typeof(Tools).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
        .Single(attribute => attribute.Key == "JavaScriptFolder").Value!;

    /// <summary>The command of the runtime that runs the tests.</summary>
    public static string Dotnet { get; } =
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(typeof(object).Assembly.Location)!, "../../../dotnet"));

    /// <summary>Why the tests cannot run here; null when they can.</summary>
    public static string? WhyNot()
    {
        if (!File.Exists(Path.Combine(Root, ".matrixedge-stamp")))
            return $"Synapse is not installed in {Root}; run tests/provision";
        if (Environment.UserName != "root")
            return "Synapse runs in a root of its own, which only root can enter; run tests/run as root";
        return null;
    }

    private static string Folder()
    {
        if (Environment.GetEnvironmentVariable("MATRIXEDGE_TOOLS") is { Length: > 0 } folder)
            return folder;

        var cache = Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } set
            ? set
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache");
        return Path.Combine(cache, "matrixedge-tools");
    }
}
