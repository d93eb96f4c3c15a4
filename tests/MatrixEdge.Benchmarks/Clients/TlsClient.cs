using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;
using MatrixEdge.Benchmarks.Works;

namespace MatrixEdge.Benchmarks.Clients;

/// <summary>
/// Connections with TLS to a port on loopback, without a client's library around them: a request is bytes that are written, and
/// its answer bytes that are read. Whose certificate it is was checked before anything is measured (<see cref="Peers.PeerClient"/>).
/// </summary>
internal static class TlsClient
{
    /// <summary>A new connection with a full handshake.</summary>
    /// <param name="name">The server's name for SNI.</param>
    public static async Task<SslStream> ConnectAsync(int port, string name, CancellationToken stop) => (await OpenAsync(port, name, stop)).Tls;

    /// <inheritdoc cref="ConnectAsync"/>
    public static async Task<(SslStream Tls, Socket Socket)> OpenAsync(int port, string name, CancellationToken stop)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        SslStream? tls = null;
        try
        {
            await socket.ConnectAsync(IPAddress.Loopback, port, stop);
            tls = new SslStream(new NetworkStream(socket, ownsSocket: true), leaveInnerStreamOpen: false);
            await tls.AuthenticateAsClientAsync(
                new SslClientAuthenticationOptions
                {
                    TargetHost = name,
                    ApplicationProtocols = [SslApplicationProtocol.Http11],
                    AllowTlsResume = false,
                    RemoteCertificateValidationCallback = (_, _, _, _) => true,
                },
                stop);
            return (tls, socket);
        }
        catch
        {
            if (tls is not null)
                await tls.DisposeAsync();
            socket.Dispose();
            throw;
        }
    }

    /// <param name="host">As the header has it, with a port if it is not 443.</param>
    public static byte[] Request(string host, string path) =>
        Encoding.ASCII.GetBytes($"GET {path} HTTP/1.1\r\nHost: {host}\r\n{Headers.Authorization}\r\nAccept: application/json\r\n\r\n");

    /// <summary>Whether the peer is there and answers well; nothing is measured by it.</summary>
    public static async Task<bool> AnswersAsync(int port, string path, CancellationToken stop)
    {
        try
        {
            await using var tls = await ConnectAsync(port, "localhost", stop);
            await tls.WriteAsync(Request($"localhost:{port}", path), stop);
            return (await new AnswerReader().ReadAsync(tls, stop)).Status == 200;
        }
        catch (Exception exception) when (IsLost(exception))
        {
            return false;
        }
    }

    /// <summary>Whether the other side is not there, or has gone away.</summary>
    public static bool IsLost(Exception exception) => exception is SocketException or IOException or AuthenticationException;
}
