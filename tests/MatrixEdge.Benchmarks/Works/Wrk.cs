using System.Globalization;
using System.Text.RegularExpressions;
using MatrixEdge.Benchmarks.Peers;
using MatrixEdge.Benchmarks.Processes;

namespace MatrixEdge.Benchmarks.Works;

/// <summary>Runs wrk, one thread, and reads what it says.</summary>
internal static partial class Wrk
{
    public const int Connections = 32;

    /// <summary>One run with these arguments, too; all that was asked must have been answered well.</summary>
    public static async Task<Load> RunAsync(Peer peer, Stage stage, string path, TimeSpan duration, CancellationToken stop, params string[] arguments)
    {
        var said = await Command.RunAsync(
            new CommandLine(
                stage.Tools.Wrk, "--threads", "1", "--connections", $"{Connections}", "--duration", $"{duration.TotalSeconds:0}s", "--timeout", "10s",
                "--header", Headers.Authorization).With(arguments).With($"{peer.Uri(path)}"),
            duration + Patience.Spare, stop);
        if (Complaint().Match(said) is { Success: true } complaint)
            throw new BenchmarkException($"wrk got wrong answers from {peer.Name}: {complaint.Value}");

        var match = Total().Match(said);
        return match.Success
            ? new Load(Number(match.Groups[1]), TimeSpan.FromSeconds(Number(match.Groups[2]) * (match.Groups[3].Value == "m" ? 60 : 1)))
            : throw new BenchmarkException($"wrk did not say what it did: {said}");
    }

    private static double Number(Group group) => double.Parse(group.ValueSpan, CultureInfo.InvariantCulture);

    [GeneratedRegex("(Non-2xx|Socket errors).*")]
    private static partial Regex Complaint();

    [GeneratedRegex(@"(\d+) requests in ([\d.]+)(s|m)")]
    private static partial Regex Total();
}
