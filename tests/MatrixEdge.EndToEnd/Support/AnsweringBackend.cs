using System.Net;
using System.Net.Sockets;
using System.Text;

namespace MatrixEdge.EndToEnd.Support;

/// <summary>A program behind the gateway that answers with the status that the target asks for, <c>?status=503</c>, whatever that is, with nothing else, and ends the connection after <c>&amp;close</c>. It keeps nothing of what came, which may be a million requests.</summary>
internal sealed class AnsweringBackend : IAsyncDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource stop = new();
    private readonly Task loop;

    public AnsweringBackend()
    {
        listener.Start();
        loop = AcceptAsync();
    }

    public Uri Address => new($"http://{listener.LocalEndpoint}");

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        listener.Dispose();
        await loop;
        stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
                _ = AnswerAsync(await listener.AcceptSocketAsync(stop.Token));
        }
        catch (Exception exception) when (exception is OperationCanceledException or SocketException or ObjectDisposedException)
        {
        }
    }

    // Whoever asks sends no bodies, and waits for the answer before the next request.
    private async Task AnswerAsync(Socket socket)
    {
        using var connection = socket;
        connection.NoDelay = true;
        var buffer = new byte[16 * 1024];
        var length = 0;
        try
        {
            while (await connection.ReceiveAsync(buffer.AsMemory(length), stop.Token) is > 0 and var read)
            {
                length += read;
                if (!buffer.AsSpan(0, length).EndsWith("\r\n\r\n"u8))
                    continue;

                var line = Encoding.ASCII.GetString(buffer, 0, buffer.AsSpan().IndexOf((byte)'\r'));
                var status = line.IndexOf("?status=", StringComparison.Ordinal) is > 0 and var at ? line.Substring(at + 8, 3) : "200";
                await connection.SendAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 {status} So\r\nContent-Length: 0\r\n\r\n"), stop.Token);
                if (line.Contains("&close", StringComparison.Ordinal))
                    return;
                length = 0;
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or SocketException or ObjectDisposedException)
        {
        }
    }
}
