namespace MatrixEdge.Acme.Tests.Support;

/// <summary>The certificate authority for tests that <c>tests/provision</c> installs, and where.</summary>
internal static class AcmeTools
{
    /// <summary>The Debian root in which the tools are installed.</summary>
    public static string Root { get; } = Path.Combine(Folder(), "sid");

    /// <summary>Let's Encrypt's small certificate authority for tests. It needs nothing of the root but its own file.</summary>
    public static string Pebble { get; } = Path.Combine(Root, "usr/bin/pebble");

    /// <summary>The name server to go with it, whose records a test sets.</summary>
    public static string ChallengeServer { get; } = Path.Combine(Root, "usr/bin/pebble-challtestsrv");

    /// <summary>Why Pebble cannot run here; null when it can. For <c>Assert.SkipWhen</c>.</summary>
    public static string? WhyNot()
    {
        if (!File.Exists(Pebble) || !File.Exists(ChallengeServer))
            return $"Pebble is not installed in {Root}; run tests/provision";
        if (!Tool.IsThere("setpriv"))
            return "setpriv, by which child processes end with the tests, is not installed; install util-linux";
        return null;
    }

    /// <summary>Skips the test, saying why, where Pebble cannot run.</summary>
    public static void SkipWithoutPebble()
    {
        var whyNot = WhyNot();
        Assert.SkipWhen(whyNot is not null, whyNot ?? "");
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
