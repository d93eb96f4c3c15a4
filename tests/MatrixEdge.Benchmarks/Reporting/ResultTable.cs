using System.Globalization;
using MatrixEdge.Benchmarks.Peers;

namespace MatrixEdge.Benchmarks.Reporting;

/// <summary>The table that is printed, as Markdown: medians, and the gateway's as a multiple of each other peer's.</summary>
internal static class ResultTable
{
    private const string Unknown = "–";

    public static void Write(TextWriter writer, IEnumerable<Row> rows)
    {
        var peers = PeerNames.All;
        string[] head = ["figure", .. peers, .. peers.Skip(1).Select(peer => $"{peers[0]} ÷ {peer}"), "spread"];
        var lines = new List<string[]> { head };
        lines.AddRange(rows.Select(Line));

        var widths = Enumerable.Range(0, head.Length).Select(column => lines.Max(line => line[column].Length)).ToArray();
        for (var i = 0; i < lines.Count; i++)
        {
            var cells = lines[i].Select((cell, column) => column == 0 ? cell.PadRight(widths[0]) : cell.PadLeft(widths[column]));
            writer.WriteLine($"| {string.Join(" | ", cells)} |");
            if (i == 0)
                writer.WriteLine($"|{string.Join("|", widths.Select((width, column) => new string('-', width + 1) + (column == 0 ? "-" : ":")))}|");
        }
    }

    private static string[] Line(Row row)
    {
        var medians = row.Values.Select(values => values.Count > 0 ? Median.Of(values) : double.NaN).ToArray();
        var spread = row.Values.Where(values => values.Count > 1).Select(Median.Spread).DefaultIfEmpty(double.NaN).Max();
        return
        [
            row.Title,
            .. medians.Select(Text),
            .. medians.Skip(1).Select(other => Ratio(medians[0] / other)),
            double.IsFinite(spread) ? string.Create(CultureInfo.InvariantCulture, $"{spread:P0}") : Unknown,
        ];
    }

    private static string Text(double value) => double.IsFinite(value) ? value.ToString(value < 100 ? "0.0" : "#,0", CultureInfo.InvariantCulture) : Unknown;

    private static string Ratio(double value) => double.IsFinite(value) ? value.ToString("0.00", CultureInfo.InvariantCulture) : Unknown;
}
