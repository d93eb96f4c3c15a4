using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using MatrixEdge.Sockets;

namespace MatrixEdge.Proxying.Http1;

/// <summary>
/// The open connections to one program behind the gateway. The one that was used last is used next, so that the others grow old and
/// are given up; as many are made as there are requests under way.
/// </summary>
/// <param name="address">Scheme, host and port.</param>
/// <param name="tls">How it is spoken to over TLS; null without.</param>
/// <param name="loops">Where connections without TLS belong; null: to .NET's own sockets, as those with TLS do.</param>
internal sealed class BackendPool(Uri address, SslClientAuthenticationOptions? tls, EventLoops? loops, BackendMetrics metrics, TimeProvider time)
{
    // How far it is looked for one of the same loop.
    private const int MostLookedAt = 16;

    private readonly Lock changing = new();
    private readonly List<BackendConnection> idle = []; // the last is the one that rests since the shortest time
    private readonly HashSet<BackendConnection> all = [];
    private readonly EndPoint endPoint = IPAddress.TryParse(address.IdnHost, out var ip) ? new IPEndPoint(ip, address.Port) : new DnsEndPoint(address.IdnHost, address.Port);

    public BackendPlace Place { get; } = metrics.PlaceOf(address);

    /// <summary>A connection that rests; null when there is none.</summary>
    public BackendConnection? TryRent()
    {
        while (true)
        {
            BackendConnection? connection;
            lock (changing)
            {
                if (idle.Count == 0)
                    return null;
                var index = FindNear();
                connection = idle[index];
                idle.RemoveAt(index);
            }

            if (!connection.IsSpent && time.GetElapsedTime(connection.Since) < UpstreamConnections.Lifetime)
                return connection;

            connection.Dispose();
        }
    }

    /// <summary>Makes a new one.</summary>
    /// <exception cref="TimeoutException">That took longer than <see cref="UpstreamConnections.ConnectTimeout"/>.</exception>
    public async ValueTask<BackendConnection> ConnectAsync(CancellationToken gone, CancellationToken stop)
    {
        using var limit = new CancellationTokenSource(UpstreamConnections.ConnectTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, gone, stop);
        Stream? stream = null;
        try
        {
            if (loops is not null && tls is null)
            {
                stream = new LoopStream(await LoopClient.ConnectAsync(loops.Here(), endPoint, either.Token));
            }
            else
            {
                stream = await ConnectByFrameworkAsync(either.Token);
                if (tls is not null)
                {
                    var secured = new SslStream(stream);
                    stream = secured;
                    await secured.AuthenticateAsClientAsync(tls, either.Token);
                }
            }
        }
        catch (Exception exception)
        {
            if (stream is not null)
                await stream.DisposeAsync();
            if (exception is OperationCanceledException && !gone.IsCancellationRequested && !stop.IsCancellationRequested)
                throw new TimeoutException($"no connection within {UpstreamConnections.ConnectTimeout.TotalSeconds:0} s");
            throw;
        }

        var connection = new BackendConnection(this, stream, time);
        lock (changing)
            all.Add(connection);
        Place.NoteOpen(1);
        return connection;
    }

    /// <summary>Gives a connection back when its answer is over.</summary>
    public void Return(BackendConnection connection)
    {
        if (!connection.TryRest())
        {
            connection.Dispose();
            return;
        }

        lock (changing)
            idle.Add(connection);
    }

    public void Forget(BackendConnection connection)
    {
        lock (changing)
        {
            if (!all.Remove(connection))
                return;
        }

        Place.NoteOpen(-1);
        metrics.NoteClosed(Place, time.GetElapsedTime(connection.Since));
    }

    /// <summary>Ends what was silent or idle for too long. To be called again and again; allocates nothing where all is well.</summary>
    public void Sweep()
    {
        var now = time.GetTimestamp();
        List<BackendConnection>? silent = null;
        List<BackendConnection>? old = null;
        lock (changing)
        {
            foreach (var connection in all)
            {
                if (connection.TryFindSilent(now))
                    (silent ??= []).Add(connection);
            }

            var kept = 0;
            for (var i = 0; i < idle.Count; i++)
            {
                if (IsOld(idle[i], now))
                    (old ??= []).Add(idle[i]);
                else
                    idle[kept++] = idle[i];
            }

            idle.RemoveRange(kept, idle.Count - kept);
        }

        // Not within the lock: what waits on them goes on here.
        silent?.ForEach(connection => connection.End(EndedBy.Silence));
        old?.ForEach(connection => connection.Dispose());
    }

    private async ValueTask<Stream> ConnectByFrameworkAsync(CancellationToken cancellation)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(endPoint, cancellation);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private bool IsOld(BackendConnection connection, long now) =>
        connection.IsSpent
        || time.GetElapsedTime(connection.IdleSince, now) > UpstreamConnections.IdleTimeout || time.GetElapsedTime(connection.Since, now) > UpstreamConnections.Lifetime;

    // One whose answer this thread will be told of by itself, if there is one.
    private int FindNear()
    {
        var last = idle.Count - 1;
        if (EventLoop.Current is { } here)
        {
            for (var i = last; i >= 0 && i > last - MostLookedAt; i--)
            {
                if (idle[i].Loop == here)
                    return i;
            }
        }

        return last;
    }

    /// <summary>Ends all.</summary>
    public void Clear()
    {
        BackendConnection[] open;
        lock (changing)
        {
            open = [.. all];
            idle.Clear();
        }

        foreach (var connection in open)
            connection.Dispose();
    }
}
