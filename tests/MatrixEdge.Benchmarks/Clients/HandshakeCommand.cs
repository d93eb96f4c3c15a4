using System.Diagnostics;
using System.Globalization;
using MatrixEdge.Benchmarks.Peers;
using MatrixEdge.Benchmarks.Processes;
using MatrixEdge.Benchmarks.Works;

namespace MatrixEdge.Benchmarks.Clients;

/// <summary>
/// New connections with full handshakes, each asking for another site by SNI, in turn, and for its well-known document. Each
/// must get the certificate of its site.
/// </summary>
internal static class HandshakeCommand
{
    public const string Name = "handshake";
    public const int AtOnce = 8;

    /// <summary>Starts the process and reads what it has done.</summary>
    public static async Task<Load> RunAsync(Peer peer, int sites, TimeSpan duration, CancellationToken stop)
    {
        var said = await Command.RunAsync(
            OwnProgram.Command(Name, $"{peer.Ports.Https}", $"{sites}", duration.TotalSeconds.ToString(CultureInfo.InvariantCulture)), duration + Patience.Spare, stop);
        return said.Trim().Split(' ').Select(word => double.Parse(word, CultureInfo.InvariantCulture)).ToArray() is [var done, var seconds]
            ? new Load(done, TimeSpan.FromSeconds(seconds))
            : throw new BenchmarkException($"{Name} did not say what it did: {said}");
    }

    /// <summary>What the process does.</summary>
    public static async Task<int> RunAsync(int port, int sites, double seconds, CancellationToken stop)
    {
        var (next, done) = (0, 0);
        var watch = Stopwatch.StartNew();
        try
        {
            await Task.WhenAll(Enumerable.Range(0, AtOnce).Select(_ => Task.Run(ConnectAgainAndAgainAsync, stop)));
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{done} {watch.Elapsed.TotalSeconds}"));
            return 0;
        }
        catch (Exception exception) when (TlsClient.IsLost(exception))
        {
            await Console.Error.WriteLineAsync(exception.Message);
            return 1;
        }

        async Task ConnectAgainAndAgainAsync()
        {
            var reader = new AnswerReader();
            while (watch.Elapsed.TotalSeconds < seconds)
            {
                var name = SiteNames.Of((Interlocked.Increment(ref next) - 1) % sites);
                await using var tls = await TlsClient.ConnectAsync(port, name, stop);
                if (tls.RemoteCertificate?.Subject != $"CN={name}")
                    throw new IOException($"{name} has the certificate of {tls.RemoteCertificate?.Subject}");

                await tls.WriteAsync(TlsClient.Request($"{name}:{port}", WellKnown.ServerPath), stop);
                var answer = await reader.ReadAsync(tls, stop);
                if (answer.Status != 200)
                    throw new IOException($"{name} answers {answer.Status}");

                Interlocked.Increment(ref done);
            }
        }
    }
}
