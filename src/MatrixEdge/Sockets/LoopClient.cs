using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace MatrixEdge.Sockets;

/// <summary>Makes connections that belong to a loop.</summary>
internal static class LoopClient
{
    /// <summary>Connects to the first address of the place that takes the connection.</summary>
    /// <exception cref="SocketException">The name is not known, or nobody takes it; of several addresses what the last one said.</exception>
    public static async ValueTask<LoopSocket> ConnectAsync(EventLoop loop, EndPoint endPoint, CancellationToken cancellation)
    {
        if (endPoint is IPEndPoint ip)
            return await ConnectAsync(loop, ip, cancellation);

        var place = (DnsEndPoint)endPoint;
        var addresses = await System.Net.Dns.GetHostAddressesAsync(place.Host, place.AddressFamily, cancellation);
        for (var i = 0; ; i++)
        {
            try
            {
                return await ConnectAsync(loop, new IPEndPoint(addresses[i], place.Port), cancellation);
            }
            catch (SocketException) when (i < addresses.Length - 1)
            {
                // The next may take it.
            }
        }
    }

    private static async ValueTask<LoopSocket> ConnectAsync(EventLoop loop, IPEndPoint endPoint, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        var descriptor = Begin(endPoint);
        var socket = new LoopSocket(loop, descriptor, isConnecting: true);
        try
        {
            // Closed by whoever has no patience any more.
            using (cancellation.UnsafeRegister(static socket => ((LoopSocket)socket!).Dispose(), socket))
                await socket.SendAsync(default);
            if (socket.FindError() is not 0 and var error)
                throw SocketFault.Of(error);
            return socket;
        }
        catch (ObjectDisposedException)
        {
            throw new OperationCanceledException(cancellation);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static unsafe int Begin(IPEndPoint endPoint)
    {
        var address = endPoint.Serialize();
        var descriptor = Posix.socket(endPoint.AddressFamily == AddressFamily.InterNetworkV6 ? Posix.Family6 : Posix.Family4, Posix.Stream | Posix.CloseOnExec | Posix.NonBlocking, 0);
        if (descriptor < 0)
            throw SocketFault.Of(Marshal.GetLastPInvokeError());

        var one = 1;
        _ = Posix.setsockopt(descriptor, Posix.TcpLevel, Posix.NoDelay, &one, sizeof(int));
        int error;
        fixed (byte* bytes = address.Buffer.Span)
            error = Posix.connect(descriptor, bytes, address.Size) == 0 ? 0 : Marshal.GetLastPInvokeError();
        if (error is 0 or Posix.InProgress or Posix.Interrupted)
            return descriptor;

        _ = Posix.close(descriptor);
        throw SocketFault.Of(error);
    }
}
