using System.Diagnostics;
using MatrixEdge.Benchmarks.Processes;

namespace MatrixEdge.Benchmarks.Clients;

/// <summary>
/// Requests at a constant rate over connections that stay open, whatever becomes of those before (an open loop): each has its
/// time in the plan, and its latency counts from there, so that one that had to wait for a connection because the peer stood
/// still is as late as it would have been for its client. Without a rate the next request follows an answer at once.
/// </summary>
/// <remarks>
/// One thread does it all and allocates nothing meanwhile: neither a thread pool nor a garbage collector comes between
/// the plan and the peer.
/// </remarks>
internal sealed class PacedLoad : IDisposable
{
    private readonly PacedConnection[] connections;
    private readonly PollDescriptor[] awaited;
    private readonly Stack<int> free;

    private PacedLoad(PacedConnection[] connections)
    {
        this.connections = connections;
        awaited = [.. connections.Select(_ => new PollDescriptor { Descriptor = -1, Awaited = Libc.PollIn })];
        free = new Stack<int>(Enumerable.Range(0, connections.Length));
    }

    public static async Task<PacedLoad> OpenAsync(int port, string path, int connections, CancellationToken stop)
    {
        var opened = new PacedConnection[connections];
        for (var i = 0; i < connections; i++)
            opened[i] = await PacedConnection.OpenAsync(port, path, stop);
        return new PacedLoad(opened);
    }

    /// <param name="perSecond">The rate; 0 for as fast as the answers come.</param>
    /// <exception cref="IOException">An answer was wrong or missing.</exception>
    public PacedResult Run(double perSecond, TimeSpan duration)
    {
        var latencies = new List<long>((int)((perSecond > 0 ? perSecond : 50_000) * duration.TotalSeconds) + 1);
        var step = perSecond > 0 ? Stopwatch.Frequency / perSecond : 0;
        var begin = Stopwatch.GetTimestamp();
        var end = begin + (long)(duration.TotalSeconds * Stopwatch.Frequency);
        for (var sent = 0L; ;)
        {
            var now = Stopwatch.GetTimestamp();
            var due = step > 0 ? begin + (long)(sent * step) : now;
            while (due <= now && due < end && free.TryPop(out var index))
            {
                connections[index].Send(due);
                awaited[index].Descriptor = connections[index].Descriptor;
                sent++;
                now = Stopwatch.GetTimestamp();
                due = step > 0 ? begin + (long)(sent * step) : now;
            }

            // What is due is sent before the end, however late; what has been sent is waited for.
            if (due >= end && free.Count == connections.Length)
                break;

            var canSend = free.Count > 0 && due < end;
            Receive(canSend ? Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), due) : TimeSpan.FromSeconds(10), canSend, latencies);
        }

        return PacedResult.Of(latencies, Stopwatch.GetElapsedTime(begin));
    }

    public void Dispose()
    {
        foreach (var connection in connections)
            connection.Dispose();
    }

    private void Receive(TimeSpan limit, bool mayBeNone, List<long> latencies)
    {
        var ready = Libc.Poll(awaited, limit > TimeSpan.Zero ? limit : TimeSpan.Zero);
        if (ready == 0 && !mayBeNone)
            throw new IOException($"no answer came for {limit.TotalSeconds:0} s");

        for (var i = 0; ready > 0 && i < awaited.Length; i++)
        {
            if (awaited[i].Descriptor < 0 || awaited[i].Found == 0)
                continue;

            ready--;
            var due = connections[i].Receive();
            latencies.Add(Stopwatch.GetTimestamp() - due);
            awaited[i].Descriptor = -1;
            free.Push(i);
        }
    }
}
