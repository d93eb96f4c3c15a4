using System.Net;
using System.Net.Sockets;

namespace MatrixEdge.Doctor.Looking;

/// <summary>How connections are made: the world outside begins here.</summary>
internal interface INetwork
{
    /// <exception cref="SocketException">There is no way, or nobody listens.</exception>
    Task<Socket> ConnectAsync(IPEndPoint endPoint, CancellationToken stop);
}
