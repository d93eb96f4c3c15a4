using System.Net;
using System.Net.Sockets;
using MatrixEdge.Configuration;

namespace MatrixEdge.Doctor.Looking;

/// <summary>In local mode the gateway's ports stand for those that need privileges: 443 is where HTTPS is.</summary>
internal sealed class LocalModeNetwork(ListenSettings listen) : INetwork
{
    private readonly DirectNetwork direct = new();

    public Task<Socket> ConnectAsync(IPEndPoint endPoint, CancellationToken stop) =>
        direct.ConnectAsync(endPoint.Port == 443 && listen.Https is { Port: > 0 } https ? new IPEndPoint(endPoint.Address, https.Port) : endPoint, stop);
}
