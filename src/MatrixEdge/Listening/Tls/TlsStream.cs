using System.Buffers;
using System.IO.Pipelines;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Connections;

namespace MatrixEdge.Listening.Tls;

/// <summary>The plain side of a <see cref="TlsSession"/>. What is written leaves with the next flush; one reader and one writer at a time.</summary>
internal sealed class TlsStream(PipeReader input, TlsSession session) : Stream
{
    public override bool CanRead => true;

    public override bool CanWrite => true;

    public override bool CanSeek => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>With an empty buffer it waits until there is something to be decrypted, and holds no memory meanwhile.</summary>
    /// <returns>How many bytes; 0 at the end, whether the client said so or went away.</returns>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        try
        {
            var isPending = session.HasPending; // and then comes before what waits on the wire
            if (buffer.IsEmpty)
            {
                if (!isPending)
                {
                    var first = await input.ReadAsync(cancellationToken);
                    input.AdvanceTo(first.Buffer.Start);
                }

                return 0;
            }

            while (true)
            {
                var read = isPending ? default : await input.ReadAsync(cancellationToken);
                var progress = Decrypt(read.Buffer, isTaken: isPending, buffer.Span, out var length, out var mustFlush);
                if (mustFlush)
                    await FlushAsync(isNeeded: length == 0, cancellationToken);
                switch (progress)
                {
                    case TlsSession.Progress.Done:
                        return length;
                    case TlsSession.Progress.Broken:
                        throw new IOException($"The client's side of TLS is broken: {session.Fault}");
                    case TlsSession.Progress.Closed:
                    case TlsSession.Progress.NeedsMore when read.IsCompleted || read.IsCanceled:
                        return 0;
                    default:
                        isPending = false;
                        break;
                }
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            throw new ConnectionResetException(exception.Message, exception); // what HTTP's side knows of
        }
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        session.Encrypt(buffer.Span);
        return ValueTask.CompletedTask;
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => session.FlushAsync(cancellationToken).AsTask();

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Write(byte[] buffer, int offset, int count) => session.Encrypt(buffer.AsSpan(offset, count));

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <summary>Nothing: only what is asynchronous sends.</summary>
    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    private TlsSession.Progress Decrypt(ReadOnlySequence<byte> bytes, bool isTaken, Span<byte> plain, out int length, out bool mustFlush)
    {
        length = 0;
        try
        {
            return session.Decrypt(ref bytes, plain, out length, out mustFlush);
        }
        finally
        {
            // Where nothing came of it, more must come before it is looked at again.
            if (!isTaken)
                input.AdvanceTo(bytes.Start, length > 0 ? bytes.Start : bytes.End);
        }
    }

    private async ValueTask FlushAsync(bool isNeeded, CancellationToken cancellation)
    {
        try
        {
            await session.FlushAsync(cancellation);
        }
        catch (OperationCanceledException) when (!isNeeded)
        {
            // What was decrypted must not be lost with it; and it leaves all the same.
        }
    }
}
