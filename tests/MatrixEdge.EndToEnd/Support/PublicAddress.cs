using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;

namespace MatrixEdge.EndToEnd.Support;

/// <summary>
/// An address as the world sees it, with the ports that the specification fixes, on a loopback address of its own: each port
/// leads to one of the gateway's, until something else is put there.
/// </summary>
internal sealed class PublicAddress : IAsyncDisposable
{
    private readonly CancellationTokenSource end = new();
    private readonly List<(TcpListener Listener, Task Serving)> ports = [];
    private readonly Dictionary<int, X509Certificate2> replaced = [];

    public IPAddress Address { get; } = new([127, (byte)Random.Shared.Next(1, 255), (byte)Random.Shared.Next(1, 255), (byte)Random.Shared.Next(1, 255)]);

    public void Lead(int port, IPEndPoint to)
    {
        var listener = new TcpListener(Address, port);
        listener.Start();
        ports.Add((listener, ServeAsync(listener, port, to)));
    }

    /// <summary>Another program answers at this port, with this certificate; null: the gateway again.</summary>
    public void Replace(int port, X509Certificate2? by)
    {
        lock (replaced)
        {
            if (by is null)
                replaced.Remove(port);
            else
                replaced[port] = by;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await end.CancelAsync();
        foreach (var (listener, serving) in ports)
        {
            listener.Stop();
            await serving.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        end.Dispose();
    }

    private async Task ServeAsync(TcpListener listener, int port, IPEndPoint to)
    {
        while (true)
            _ = ServeAsync(await listener.AcceptTcpClientAsync(end.Token), port, to);
    }

    private async Task ServeAsync(TcpClient client, int port, IPEndPoint to)
    {
        using (client)
        {
            try
            {
                X509Certificate2? other;
                lock (replaced)
                    replaced.TryGetValue(port, out other);
                if (other is not null)
                {
                    await using var tls = new SslStream(client.GetStream());
                    await tls.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = other }, end.Token);
                    await tls.WriteAsync("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"u8.ToArray(), end.Token);
                    return;
                }

                using var gateway = new TcpClient(to.AddressFamily);
                await gateway.ConnectAsync(to, end.Token);
                var there = CopyAsync(client, gateway);
                var back = CopyAsync(gateway, client);
                await Task.WhenAll(there, back);
            }
            catch (Exception exception) when (exception is IOException or SocketException or OperationCanceledException or ObjectDisposedException or System.Security.Authentication.AuthenticationException)
            {
                // Whoever looked has gone.
            }
        }
    }

    private async Task CopyAsync(TcpClient from, TcpClient to)
    {
        await from.GetStream().CopyToAsync(to.GetStream(), end.Token);
        to.Client.Shutdown(SocketShutdown.Send);
    }
}
