using MatrixEdge.Benchmarks.Peers;
using MatrixEdge.Benchmarks.Processes;

namespace MatrixEdge.Benchmarks.Clients;

/// <summary>Many connections with TLS that stay open, one request on each, in a process of their own: <see cref="HoldCommand"/>.</summary>
internal sealed class HeldConnections : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private readonly TalkingProcess process;

    private HeldConnections(TalkingProcess process) => this.process = process;

    /// <summary>Returns when all are open and each has sent its request.</summary>
    public static async Task<HeldConnections> OpenAsync(Peer peer, string path, int count, CancellationToken stop)
    {
        var process = TalkingProcess.Start(HoldCommand.Name, $"{peer.Ports.Https}", path, $"{count}");
        try
        {
            await process.ReadAsync(Patience, stop);
            return new HeldConnections(process);
        }
        catch
        {
            await process.DisposeAsync();
            throw;
        }
    }

    /// <summary>Returns when each request was answered well; the connections stay open.</summary>
    public async Task AllAnsweredAsync(CancellationToken stop) => await process.ReadAsync(Patience, stop);

    public ValueTask DisposeAsync() => process.DisposeAsync();
}
