using System.Globalization;
using System.Text.RegularExpressions;

namespace MatrixEdge.EndToEnd;

/// <summary>
/// The instrument that measures the gateway is in order: each figure comes out for each peer. How large one is says nothing
/// here, and is not looked at.
/// </summary>
public sealed partial class BenchmarkTests
{
    /// <summary>Longer than its own: it stops what it has started, and whoever kills it does not.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(6);

    private static readonly string Program = Path.Combine(AppContext.BaseDirectory, "MatrixEdge.Benchmarks.dll");

    /// <summary>Without a published one, as the tests have built it: publishing takes longer than the rest.</summary>
    private static readonly string Gateway = GatewayCommand.Published ?? Path.Combine(AppContext.BaseDirectory, "matrixedge");

    // A built program is not self-contained and looks for the runtime.
    private static readonly Dictionary<string, string> Environment = new() { ["DOTNET_ROOT"] = Path.GetDirectoryName(GatewayCommand.Dotnet)! };

    [Fact]
    public async Task Measures_each_figure_of_each_peer()
    {
        Assert.SkipWhen(Tools.WhyNot() is not null, Tools.WhyNot() ?? "");

        var lines = await RunAsync("peers");

        var table = TableOf(lines, "figure");
        Assert.Equal(["figure", "gateway", "nginx", "HAProxy", "Caddy"], table[0][..5]);
        Assert.Equal(
            [
                "proxied GET, HTTP/1.1: CPU µs per request", "… requests per second",
                "proxied GET, HTTP/2: CPU µs per request", "… requests per second",
                "well-known, HTTP/1.1: CPU µs per request", "… requests per second",
                "new TLS connection + GET: CPU µs per connection", "… connections per second",
                "100 MB down: CPU µs per MB", "… MB per second",
                "100 MB up: CPU µs per MB", "… MB per second",
                "proxied GET, HTTP/1.1 at 60 % of own saturation: p50, ms", "… p99, ms", "… at requests per second",
                "start to first answer, ms",
                "memory idle, MB", "memory after load, MB", "memory per idle TLS connection, kB",
            ],
            table.Skip(2).Select(row => row[0]));
        Assert.All(table.Skip(2), row => Assert.All(row[1..5], cell => Assert.True(Number(cell) > 0, string.Join(" | ", row))));
        Assert.Equal(3, lines.Count(line => Allocation().Match(line) is { Success: true } match && Number(match.Groups[1].Value) > 0));
    }

    [Fact]
    public async Task Draws_each_curve()
    {
        Assert.SkipWhen(Tools.WhyNot() is not null, Tools.WhyNot() ?? "");

        var lines = await RunAsync("scale");

        foreach (var curve in (string[])["connections", "sites", "certificates"])
        {
            var table = TableOf(lines, curve);
            Assert.All(table.Skip(2), row => Assert.All(row[1..], cell => Assert.True(Number(cell) >= 0, string.Join(" | ", row))));
            Assert.Contains(table, row => row[0].Contains("memory", StringComparison.Ordinal));
        }
    }

    private static async Task<IReadOnlyCollection<string>> RunAsync(string command)
    {
        await using var benchmarks = await ChildProcess.StartAsync([GatewayCommand.Dotnet, Program, command, "--short", "--gateway", Gateway], Environment);
        var code = await benchmarks.EndAsync(Limit);
        Assert.True(code == 0, string.Join('\n', benchmarks.Lines));
        return benchmarks.Lines;
    }

    // The table that begins with this cell, and ends where no other row follows; what stands between comes from the error stream.
    private static List<string[]> TableOf(IEnumerable<string> lines, string first)
    {
        var rows = lines.Where(line => line.StartsWith('|')).Select(line => line.Trim('|').Split('|', StringSplitOptions.TrimEntries)).ToList();
        var begin = rows.FindIndex(row => row[0] == first);
        Assert.True(begin >= 0, $"There is no table of {first}");
        var length = rows.FindIndex(begin + 2, row => row[0] is "connections" or "sites" or "certificates");
        return rows[begin..(length < 0 ? rows.Count : length)];
    }

    private static double Number(string cell) => double.Parse(cell, NumberStyles.Float | NumberStyles.AllowThousands, CultureInfo.InvariantCulture);

    [GeneratedRegex("the gateway allocates ([0-9,]+) bytes per request")]
    private static partial Regex Allocation();
}
