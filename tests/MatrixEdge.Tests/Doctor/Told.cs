using MatrixEdge.Observability;

namespace MatrixEdge.Tests.Doctor;

/// <summary>Findings for the message of a test that fails.</summary>
internal static class Told
{
    public static string Of(Finding finding) => $"{finding.Outcome} {finding.Id}: {finding.Summary} | {finding.Cause}";

    public static string Of(Examination examination) => string.Join('\n', examination.Route.Concat(examination.Findings.Select(finding => $"{Of(finding)}\n    {string.Join("\n    ", finding.Evidence)}")));
}
