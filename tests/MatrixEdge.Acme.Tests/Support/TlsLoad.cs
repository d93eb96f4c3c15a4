using System.Collections.Concurrent;

namespace MatrixEdge.Acme.Tests.Support;

/// <summary>
/// Clients that connect to a port all the time, one new TLS connection after the other, until it is disposed of; they count
/// what they were shown.
/// </summary>
internal sealed class TlsLoad : IAsyncDisposable
{
    private readonly CancellationTokenSource stop = new();
    private readonly ConcurrentDictionary<string, int> serials = new();
    private readonly ConcurrentQueue<TlsProbe> failures = new();
    private readonly Task[] clients;
    private int count;

    public TlsLoad(int port, string serverName, int clients = 2, params string[] applicationProtocols) =>
        this.clients = [.. Enumerable.Range(0, clients).Select(_ => Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                var probe = await TlsProbe.ConnectAsync(port, serverName, stop.Token, applicationProtocols);
                if (probe.Failure is null)
                    serials.AddOrUpdate(probe.Serial, 1, (_, before) => before + 1);
                else
                    failures.Enqueue(probe);
                Interlocked.Increment(ref count);
            }
        }))];

    /// <summary>How many connections were tried.</summary>
    public int Count => Volatile.Read(ref count);

    /// <summary>The serial numbers of the leaves that came, and how often.</summary>
    public IReadOnlyDictionary<string, int> Serials => serials;

    /// <summary>The connections that failed.</summary>
    public IReadOnlyCollection<TlsProbe> Failures => failures;

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        foreach (var client in clients)
            await client.ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        stop.Dispose();
    }
}
