using System.Globalization;
using System.Text.RegularExpressions;
using MatrixEdge.Benchmarks.Peers;
using MatrixEdge.Benchmarks.Processes;

namespace MatrixEdge.Benchmarks.Works;

/// <summary>GET over connections that stay open, by wrk.</summary>
internal sealed partial record Http11Work(string Name, string Title, string Path) : Work(Name, Title, "request")
{
    private const int Connections = 32;

    public override string About => $"wrk, {Connections} connections that stay open, one thread";

    public override async Task<Load> RunAsync(Peer peer, Stage stage, TimeSpan duration, CancellationToken stop)
    {
        var said = await Command.RunAsync(
            new CommandLine(
                stage.Tools.Wrk, "--threads", "1", "--connections", $"{Connections}", "--duration", $"{duration.TotalSeconds:0}s", "--timeout", "10s",
                "--header", Headers.Authorization, $"{peer.Uri(Path)}"),
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
