using System.Diagnostics;
using MatrixEdge.Benchmarks.Clients;

namespace MatrixEdge.Benchmarks.Peers;

/// <summary>Starts a peer and waits until it is there for clients.</summary>
internal static class FirstAnswer
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromMilliseconds(2);

    /// <returns>The peer, and how long it took from the start of the process to the first whole answer over HTTPS.</returns>
    /// <exception cref="BenchmarkException">It ended, or said nothing for too long.</exception>
    public static async Task<(Peer Peer, TimeSpan After)> StartAsync(Func<Peer> start, CancellationToken stop)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(stop);
        patience.CancelAfter(Patience);
        var watch = Stopwatch.StartNew();
        var peer = start();
        try
        {
            while (!await TlsClient.AnswersAsync(peer.Ports.Https, WellKnown.ServerPath, patience.Token))
            {
                peer.Process.ThrowIfEnded();
                await Task.Delay(BetweenLooks, patience.Token);
            }

            return (peer, watch.Elapsed);
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            await peer.DisposeAsync();
            throw new BenchmarkException($"{peer.Name} does not answer {Patience.TotalSeconds:0} s after its start");
        }
        catch
        {
            await peer.DisposeAsync();
            throw;
        }
    }
}
