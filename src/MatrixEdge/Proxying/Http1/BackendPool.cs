using System.Net;
using System.Net.Security;
using System.Net.Sockets;

namespace MatrixEdge.Proxying.Http1;

/// <summary>
/// The open connections to one program behind the gateway. The one that was used last is used next, so that the others grow old and
/// are given up; as many are made as there are requests under way.
/// </summary>
/// <param name="address">Scheme, host and port.</param>
/// <param name="tls">How it is spoken to over TLS; null without.</param>
internal sealed class BackendPool(Uri address, SslClientAuthenticationOptions? tls, BackendMetrics metrics, TimeProvider time)
{
    private readonly Lock changing = new();
    private readonly Stack<BackendConnection> idle = new();
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
                if (!idle.TryPop(out connection))
                    return null;
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
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        Stream? stream = null;
        try
        {
            await socket.ConnectAsync(endPoint, either.Token);
            stream = new NetworkStream(socket, ownsSocket: true);
            if (tls is not null)
            {
                var secured = new SslStream(stream);
                stream = secured;
                await secured.AuthenticateAsClientAsync(tls, either.Token);
            }
        }
        catch (Exception exception)
        {
            if (stream is not null)
                await stream.DisposeAsync();
            socket.Dispose();
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
            idle.Push(connection);
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

            foreach (var connection in idle)
            {
                if (IsOld(connection, now))
                    (old ??= []).Add(connection);
            }

            if (old is not null)
                Keep([.. idle.Except(old)]);
        }

        // Not within the lock: what waits on them goes on here.
        silent?.ForEach(connection => connection.End(EndedBy.Silence));
        old?.ForEach(connection => connection.Dispose());
    }

    private bool IsOld(BackendConnection connection, long now) =>
        connection.IsSpent
        || time.GetElapsedTime(connection.IdleSince, now) > UpstreamConnections.IdleTimeout || time.GetElapsedTime(connection.Since, now) > UpstreamConnections.Lifetime;

    private void Keep(BackendConnection[] kept)
    {
        idle.Clear();
        for (var i = kept.Length - 1; i >= 0; i--)
            idle.Push(kept[i]);
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
