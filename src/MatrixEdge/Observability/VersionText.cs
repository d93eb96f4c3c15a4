using System.Reflection;
using System.Runtime.InteropServices;

namespace MatrixEdge.Observability;

/// <summary>What this build is.</summary>
internal static class VersionText
{
    // "0.1.0+<commit>": the SDK appends the commit that was built.
    private static readonly string[] Parts =
        (typeof(VersionText).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0").Split('+', 2);

    public static string Short => Parts[0];

    public static string Commit => Parts.Length > 1 ? Parts[1] : "unknown";

    public static string Full => $"matrixedge {Short}\nruntime {RuntimeInformation.FrameworkDescription}\ncommit {Commit}";
}
