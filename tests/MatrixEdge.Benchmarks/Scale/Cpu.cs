using MatrixEdge.Benchmarks.Peers;
using MatrixEdge.Benchmarks.Processes;

namespace MatrixEdge.Benchmarks.Scale;

/// <summary>What a peer uses while something is done.</summary>
internal static class Cpu
{
    public static async Task<TimeSpan> UsedAsync(Peer peer, Func<Task> work)
    {
        var before = ProcessTree.CpuTime(peer.Processes);
        await work();
        return ProcessTree.CpuTime(peer.Processes) - before;
    }
}
