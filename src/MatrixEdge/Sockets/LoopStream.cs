namespace MatrixEdge.Sockets;

/// <summary>A <see cref="LoopSocket"/> as a stream; what is written is the system's when the write completes. Closed with the stream.</summary>
internal sealed class LoopStream(LoopSocket socket) : AsyncStream
{
    public LoopSocket Socket => socket;

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => socket.ReceiveAsync(buffer, cancellationToken);

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => socket.SendAsync(buffer);

    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            socket.Dispose();
        base.Dispose(disposing);
    }
}
