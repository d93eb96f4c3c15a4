namespace MatrixEdge.Benchmarks.Peers;

/// <summary>All peers, started and answering; stopped together.</summary>
internal sealed class RunningPeers : IAsyncDisposable
{
    private readonly List<Peer> peers = [];

    private RunningPeers()
    {
    }

    /// <summary>In the order of the contenders.</summary>
    public IReadOnlyList<Peer> All => peers;

    public static async Task<RunningPeers> StartAsync(IEnumerable<Contender> contenders, Stage stage, CancellationToken stop)
    {
        var started = new RunningPeers();
        try
        {
            foreach (var contender in contenders)
                started.peers.Add((await FirstAnswer.StartAsync(contender.Prepare(stage), stop)).Peer);
            return started;
        }
        catch
        {
            await started.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var peer in peers)
            await peer.DisposeAsync();
    }
}
