using System.Net.Security;
using System.Net.Sockets;

namespace MatrixEdge.Benchmarks.Clients;

/// <summary>A connection for one request at a time.</summary>
internal sealed class PacedConnection : IDisposable
{
    private readonly SslStream tls;
    private readonly byte[] request;
    private readonly AnswerReader reader = new();
    private long due;

    private PacedConnection(SslStream tls, Socket socket, byte[] request)
    {
        this.tls = tls;
        this.request = request;
        Descriptor = (int)socket.Handle;
    }

    public int Descriptor { get; }

    /// <summary>Opens it and sends one request over it, so that what follows a handshake is over.</summary>
    public static async Task<PacedConnection> OpenAsync(int port, string path, CancellationToken stop)
    {
        var (tls, socket) = await TlsClient.OpenAsync(port, "localhost", stop);
        var request = TlsClient.Request($"localhost:{port}", path);
        await tls.WriteAsync(request, stop);
        await new AnswerReader().ReadAsync(tls, stop);

        // Taking the handle makes the socket one for waiting threads again; from here on one thread waits for all.
        socket.Blocking = true;
        return new PacedConnection(tls, socket, request);
    }

    /// <param name="planned">When it should be sent, by <see cref="System.Diagnostics.Stopwatch"/>.</param>
    public void Send(long planned)
    {
        due = planned;
        tls.Write(request);
    }

    /// <returns>When the request that is answered should have been sent.</returns>
    public long Receive()
    {
        var status = reader.Read(tls);
        return status == 200 ? due : throw new IOException($"the answer was {status}");
    }

    public void Dispose() => tls.Dispose();
}
