using System.Net;
using System.Net.Sockets;

namespace MatrixEdge.Benchmarks.Processes;

/// <summary>Ports for programs that cannot be told to take any and to say which.</summary>
internal static class FreePorts
{
    /// <summary>As many different ports of the system's choice, free on loopback at this moment.</summary>
    public static int[] Take(int count)
    {
        var sockets = new List<Socket>();
        try
        {
            for (var i = 0; i < count; i++)
            {
                var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                sockets.Add(socket);
                socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            }

            return [.. sockets.Select(socket => ((IPEndPoint)socket.LocalEndPoint!).Port)];
        }
        finally
        {
            sockets.ForEach(socket => socket.Dispose());
        }
    }
}
