using System.Globalization;

namespace MatrixEdge.Benchmarks.Reporting;

/// <summary>A table for people and for Markdown: names on the left, numbers to the right.</summary>
internal static class MarkdownTable
{
    public const string Unknown = "–";

    /// <param name="lines">The head first; all of the same length.</param>
    public static void Write(TextWriter writer, IReadOnlyList<string[]> lines)
    {
        var widths = Enumerable.Range(0, lines[0].Length).Select(column => lines.Max(line => line[column].Length)).ToArray();
        for (var i = 0; i < lines.Count; i++)
        {
            var cells = lines[i].Select((cell, column) => column == 0 ? cell.PadRight(widths[0]) : cell.PadLeft(widths[column]));
            writer.WriteLine($"| {string.Join(" | ", cells)} |");
            if (i == 0)
                writer.WriteLine($"|{string.Join("|", widths.Select((width, column) => new string('-', width + 1) + (column == 0 ? "-" : ":")))}|");
        }
    }

    /// <summary>A number with as many digits as say something.</summary>
    public static string Text(double value) =>
        double.IsFinite(value) ? value.ToString(Math.Abs(value) switch { < 10 => "0.00", < 100 => "0.0", _ => "#,0" }, CultureInfo.InvariantCulture) : Unknown;
}
