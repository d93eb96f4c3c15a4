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

    /// <summary>The program itself: the command is a script, and what a script starts outlives it.</summary>
    public const string Chromium = "/usr/lib/chromium/chromium-headless-shell";

    /// <summary>Why the tests cannot run here; null when they can.</summary>
    public static string? WhyNot()
    {
        if (!File.Exists(Path.Combine(Root, ".matrixedge-stamp")))
            return $"Synapse is not installed in {Root}; run tests/provision";
        if (Environment.UserName != "root")
            return "Synapse runs in a root of its own, which only root can enter; run tests/run as root";
        return null;
    }

    /// <summary>Why a client in JavaScript cannot run here; null when it can.</summary>
    public static string? WhyNoJavaScript() =>
        File.Exists(Path.Combine(JavaScript, "node_modules", ".matrixedge-stamp")) ? null : "matrix-js-sdk is not installed; run tests/provision";

    /// <summary>Why no browser can run here; null when one can.</summary>
    public static string? WhyNoBrowser() =>
        WhyNoJavaScript() ?? (File.Exists(Chromium) ? null : $"Chromium is not installed in {Chromium}; run tests/provision");

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
