using System.Globalization;
using MatrixEdge.Observability;

namespace MatrixEdge.Doctor;

/// <summary>An examination for people at a terminal.</summary>
/// <param name="hasColors">Whether the terminal shows them.</param>
internal sealed class DoctorReport(TextWriter output, bool hasColors)
{
    private const int TitleWidth = 38;

    public void Write(Examination examination)
    {
        output.WriteLine(Bold(examination.ServerName));
        foreach (var step in examination.Route)
            output.WriteLine($"  {Faint(step)}");
        output.WriteLine();

        foreach (var finding in examination.Findings)
            Write(finding);

        output.WriteLine();
        output.WriteLine(Paint(examination.Verdict, examination.Sentence));
        var counts = examination.Findings.CountBy(finding => finding.Outcome).ToDictionary();
        output.WriteLine(Faint(string.Create(
            CultureInfo.InvariantCulture,
            $"{counts.GetValueOrDefault(FindingOutcome.Ok)} well, {counts.GetValueOrDefault(FindingOutcome.Warn)} to mind, {counts.GetValueOrDefault(FindingOutcome.Fail)} failed, {counts.GetValueOrDefault(FindingOutcome.Skip)} not looked at; {examination.Took.TotalSeconds:0.0} s")));
    }

    private void Write(Finding finding)
    {
        var sign = finding.Outcome switch
        {
            FindingOutcome.Ok => "ok  ",
            FindingOutcome.Skip => "skip",
            FindingOutcome.Warn => "WARN",
            _ => "FAIL",
        };
        var line = $"{finding.Title.PadRight(TitleWidth)} {finding.Summary}";
        output.WriteLine($"  {Paint(finding.Outcome, sign)}  {(finding.Outcome == FindingOutcome.Skip ? Faint(line) : line)}");
        if (finding.Outcome is not (FindingOutcome.Warn or FindingOutcome.Fail))
            return;

        Detail("why", finding.Cause);
        Detail("do", finding.Remedy);
        Detail("more", finding.Anchor is null ? null : $"README.md#{finding.Anchor}");
        foreach (var (index, seen) in finding.Evidence.Index())
            Detail(index == 0 ? "seen" : "", seen);
    }

    private void Detail(string label, string? text)
    {
        if (text is not null)
            output.WriteLine($"        {Faint(label.PadRight(5))} {text}");
    }

    private string Paint(FindingOutcome outcome, string text) => outcome switch
    {
        FindingOutcome.Ok => Colored("32", text),
        FindingOutcome.Warn => Colored("33", text),
        FindingOutcome.Fail => Colored("31", text),
        _ => Faint(text),
    };

    private string Bold(string text) => Colored("1", text);

    private string Faint(string text) => Colored("2", text);

    private string Colored(string code, string text) => hasColors ? $"\e[{code}m{text}\e[0m" : text;
}
