namespace MatrixEdge.Tests.Support;

/// <summary>
/// How tests start the gateway as a process of its own: the program that <c>tests/run</c> has published, as operators do, in the folder
/// that MATRIXEDGE_PUBLISHED names; without it, what was built beside the tests.
/// </summary>
internal static class GatewayCommand
{
    /// <summary>The published program; null when there is none.</summary>
    public static string? Published { get; } =
        Environment.GetEnvironmentVariable("MATRIXEDGE_PUBLISHED") is { Length: > 0 } folder ? Path.Combine(folder, "matrixedge") : null;

    /// <summary>The command of the runtime that runs the tests.</summary>
    public static string Dotnet { get; } =
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(typeof(object).Assembly.Location)!, "../../../dotnet"));

    /// <summary>The program, and what it is told.</summary>
    public static string[] With(params string[] arguments) =>
        Published is null ? [Dotnet, Path.Combine(AppContext.BaseDirectory, "matrixedge.dll"), .. arguments] : [Published, .. arguments];
}
