using System.Net;
using System.Net.Sockets;

namespace MatrixEdge.Acme.Tests.Dns;

/// <summary>Stands between the gateway and a name server, and changes what that answers over TCP.</summary>
internal sealed class AnswerChanger : IAsyncDisposable
{
    private readonly CancellationTokenSource end = new();
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly Task passing;

    /// <param name="change">Gets each answer, without its length.</param>
    /// <param name="keep">How many octets of it are passed on.</param>
    public AnswerChanger(IPEndPoint server, Action<byte[]> change, int keep = int.MaxValue)
    {
        listener.Start();
        passing = PassAsync(server, change, keep);
    }

    public IPEndPoint EndPoint => (IPEndPoint)listener.LocalEndpoint;

    public async ValueTask DisposeAsync()
    {
        await end.CancelAsync();
        listener.Stop();
        await passing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        end.Dispose();
    }

    private async Task PassAsync(IPEndPoint server, Action<byte[]> change, int keep)
    {
        while (true)
        {
            using var client = await listener.AcceptTcpClientAsync(end.Token);
            using var upstream = new TcpClient();
            await upstream.ConnectAsync(server, end.Token);
            await WriteAsync(upstream.GetStream(), await ReadAsync(client.GetStream()));

            var answer = await ReadAsync(upstream.GetStream());
            change(answer);
            await WriteAsync(client.GetStream(), answer[..Math.Min(keep, answer.Length)]);
        }
    }

    private async Task<byte[]> ReadAsync(NetworkStream stream)
    {
        var length = new byte[2];
        await stream.ReadExactlyAsync(length, end.Token);
        var message = new byte[length[0] << 8 | length[1]];
        await stream.ReadExactlyAsync(message, end.Token);
        return message;
    }

    private async Task WriteAsync(NetworkStream stream, byte[] message) =>
        await stream.WriteAsync((byte[])[(byte)(message.Length >> 8), (byte)message.Length, .. message], end.Token);
}
