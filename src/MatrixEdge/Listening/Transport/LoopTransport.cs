using System.Net;
using MatrixEdge.Sockets;
using Microsoft.AspNetCore.Connections;

namespace MatrixEdge.Listening.Transport;

/// <summary>
/// Accepts the connections that TLS is spoken on by <see cref="EventLoops"/>: what comes from a client is handled by the thread that was told of it.
/// The other listeners have Kestrel's own sockets.
/// </summary>
internal sealed class LoopTransport(EventLoops loops, ListenerSockets sockets, BlockPool pool, ILogger<LoopTransport> logger) : IConnectionListenerFactory, IConnectionListenerFactorySelector
{
    public bool CanBind(EndPoint endpoint) => endpoint is LoopEndPoint;

    public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
    {
        var socket = sockets.Take(endpoint);
        try
        {
            return ValueTask.FromResult<IConnectionListener>(new LoopListener(loops, socket, pool, logger));
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
