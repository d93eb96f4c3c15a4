using System.Net;
using System.Net.Sockets;

namespace MatrixEdge.Doctor.Looking;

/// <summary>Connects to the very address that was named, by no proxy.</summary>
internal sealed class DirectNetwork : INetwork
{
    public async Task<Socket> ConnectAsync(IPEndPoint endPoint, CancellationToken stop)
    {
        var socket = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(endPoint, stop);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
