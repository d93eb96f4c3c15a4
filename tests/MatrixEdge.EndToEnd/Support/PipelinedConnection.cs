using System.Net;
using System.Net.Security;
using System.Net.Sockets;

namespace MatrixEdge.EndToEnd.Support;

/// <summary>A connection by which many requests are sent before the first is answered (RFC 9112 §9.3.2).</summary>
internal sealed class PipelinedConnection : IAsyncDisposable
{
    private readonly Stream stream;
    private readonly byte[] buffer = new byte[256 * 1024];

    private PipelinedConnection(Stream stream) => this.stream = stream;

    /// <param name="trust">Null for a connection without TLS.</param>
    public static async Task<PipelinedConnection> OpenAsync(int port, SslClientAuthenticationOptions? trust, CancellationToken stop)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port), stop);
        var plain = new NetworkStream(socket, ownsSocket: true);
        if (trust is null)
            return new PipelinedConnection(plain);

        var tls = new SslStream(plain);
        await tls.AuthenticateAsClientAsync(trust, stop);
        return new PipelinedConnection(tls);
    }

    /// <summary>Sends the requests and waits until so many are answered.</summary>
    public async Task ExchangeAsync(ReadOnlyMemory<byte> requests, int count, CancellationToken stop)
    {
        // Read while writing: the other side stops reading when nobody reads its answers.
        var write = stream.WriteAsync(requests, stop).AsTask();
        var kept = 0;
        for (var answered = 0; answered < count;)
        {
            var read = await stream.ReadAsync(buffer.AsMemory(kept), stop);
            Assert.True(read > 0, $"The connection was closed after {answered} of {count} answers");

            // Neither headers nor bodies of the gateway's own answers hold it.
            var marker = "HTTP/1.1 "u8;
            var all = buffer.AsSpan(0, kept + read);
            answered += all.Count(marker);
            kept = all.EndsWith(marker) ? 0 : Math.Min(all.Length, marker.Length - 1);
            all[^kept..].CopyTo(buffer);
        }

        await write;
    }

    public ValueTask DisposeAsync() => stream.DisposeAsync();
}
