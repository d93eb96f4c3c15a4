namespace MatrixEdge.Acme.Tests.Operating;

/// <summary>Prometheus' own judge of rules and metrics.</summary>
internal static class PromTool
{
    public static string Path { get; } = System.IO.Path.Combine(AcmeTools.Root, "usr/bin/promtool");

    public static string WhyNot => $"promtool is not installed in {AcmeTools.Root}; run tests/provision";
}
