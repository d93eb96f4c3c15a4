using System.Globalization;
using System.Text.RegularExpressions;
using MatrixEdge.Benchmarks.Peers;
using MatrixEdge.Benchmarks.Processes;

namespace MatrixEdge.Benchmarks.Works;

/// <summary>Runs h2load and reads what it says.</summary>
internal static partial class H2Load
{
    /// <summary>One run with these arguments; all that was asked must have been answered well.</summary>
    public static async Task<Load> RunAsync(Peer peer, Stage stage, string path, TimeSpan limit, CancellationToken stop, params string[] arguments)
    {
        var said = await Command.RunAsync(
            new CommandLine(stage.Tools.H2Load, "--header=" + Headers.Authorization).With(arguments).With($"{peer.Uri(path)}"), limit, stop);
        var requests = Requests().Match(said);
        var elapsed = Elapsed().Match(said);
        if (!requests.Success || !elapsed.Success)
            throw new BenchmarkException($"h2load did not say what it did: {said}");

        var (done, succeeded) = (Number(requests.Groups["done"]), Number(requests.Groups["succeeded"]));
        if (succeeded == 0 || succeeded < done || Number(requests.Groups["failed"]) > 0)
            throw new BenchmarkException($"h2load got wrong answers from {peer.Name}: {requests.Value}");

        return new Load(succeeded, Number(elapsed.Groups["time"]) * (elapsed.Groups["unit"].Value switch
        {
            "us" => TimeSpan.FromMicroseconds(1),
            "ms" => TimeSpan.FromMilliseconds(1),
            _ => TimeSpan.FromSeconds(1),
        }));
    }

    /// <summary>What a new connection agrees on: protocol, cipher, key exchange.</summary>
    public static async Task<string> AskTlsAsync(Peer peer, Stage stage, CancellationToken stop)
    {
        var said = await Command.RunAsync(
            new CommandLine(stage.Tools.H2Load, "--clients=1", "--requests=1", $"{peer.Uri(WellKnown.ServerPath)}"), Patience.Spare, stop);
        return string.Join(", ", Tls().Matches(said).Select(match => match.Groups[1].Value));
    }

    private static double Number(Group group) => double.Parse(group.ValueSpan, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"requests: \d+ total, \d+ started, (?<done>\d+) done, (?<succeeded>\d+) succeeded, (?<failed>\d+) failed.*")]
    private static partial Regex Requests();

    [GeneratedRegex(@"finished in (?<time>[\d.]+)(?<unit>us|ms|s),")]
    private static partial Regex Elapsed();

    [GeneratedRegex(@"^(?:TLS Protocol|Cipher|Server Temp Key): (.+)$", RegexOptions.Multiline)]
    private static partial Regex Tls();
}
