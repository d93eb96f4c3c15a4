using System.Globalization;
using MatrixEdge.Benchmarks.Peers;

namespace MatrixEdge.Benchmarks.Reporting;

/// <summary>The table that is printed, as Markdown: medians, and the gateway's as a multiple of each other peer's.</summary>
internal static class ResultTable
{
    public static void Write(TextWriter writer, IEnumerable<Row> rows)
    {
        var peers = PeerNames.All;
        var lines = new List<string[]>();
        lines.Add(["figure", .. peers, .. peers.Skip(1).Select(peer => $"{peers[0]} ÷ {peer}"), "spread"]);
        lines.AddRange(rows.Select(Line));

        MarkdownTable.Write(writer, lines);
    }

    private static string[] Line(Row row)
    {
        var medians = row.Values.Select(values => values.Count > 0 ? Median.Of(values) : double.NaN).ToArray();
        var spread = row.Values.Where(values => values.Count > 1).Select(Median.Spread).DefaultIfEmpty(double.NaN).Max();
        return
        [
            row.Title,
            .. medians.Select(MarkdownTable.Text),
            .. medians.Skip(1).Select(other => Ratio(medians[0] / other)),
            double.IsFinite(spread) ? string.Create(CultureInfo.InvariantCulture, $"{spread:P0}") : MarkdownTable.Unknown,
        ];
    }

    private static string Ratio(double value) => double.IsFinite(value) ? value.ToString("0.00", CultureInfo.InvariantCulture) : MarkdownTable.Unknown;
}
