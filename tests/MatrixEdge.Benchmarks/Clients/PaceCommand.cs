using System.Globalization;
using MatrixEdge.Benchmarks.Peers;
using MatrixEdge.Benchmarks.Processes;
using MatrixEdge.Benchmarks.Works;

namespace MatrixEdge.Benchmarks.Clients;

/// <summary><see cref="PacedLoad"/> as a process of its own.</summary>
internal static class PaceCommand
{
    public const string Name = "pace";
    public const int Connections = 32;

    private static readonly TimeSpan Rehearsal = TimeSpan.FromSeconds(0.3);

    /// <summary>Starts the process and reads its result.</summary>
    /// <param name="perSecond">The rate; 0 for as fast as the answers come.</param>
    public static async Task<PacedResult> RunAsync(Peer peer, string path, double perSecond, TimeSpan duration, CancellationToken stop) =>
        PacedResult.Parse(await Command.RunAsync(
            OwnProgram.Command(Name, $"{peer.Ports.Https}", path, perSecond.ToString(CultureInfo.InvariantCulture), duration.TotalSeconds.ToString(CultureInfo.InvariantCulture)),
            duration + Rehearsal + Patience.Spare, stop));

    /// <summary>What the process does.</summary>
    public static async Task<int> RunAsync(int port, string path, double perSecond, double seconds, CancellationToken stop)
    {
        try
        {
            using var load = await PacedLoad.OpenAsync(port, path, Connections, stop);
            Libc.WakeExactly(); // no await from here on: it holds for this thread

            // This program's own code gets warm before it counts.
            load.Run(perSecond, Rehearsal);
            Console.WriteLine(load.Run(perSecond, TimeSpan.FromSeconds(seconds)).ToText());
            return 0;
        }
        catch (Exception exception) when (TlsClient.IsLost(exception))
        {
            await Console.Error.WriteLineAsync(exception.Message);
            return 1;
        }
    }
}
