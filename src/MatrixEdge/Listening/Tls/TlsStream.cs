using System.Runtime.CompilerServices;
using MatrixEdge.Sockets;
using Microsoft.AspNetCore.Connections;

namespace MatrixEdge.Listening.Tls;

/// <summary>The plain side of a <see cref="TlsSession"/>. What is written leaves with the next flush; one reader and one writer at a time.</summary>
internal sealed class TlsStream(TlsSession session) : AsyncStream
{
    // How often one client may be read from without a wait before the others of the loop have their turn: many requests at once are as much work as many bytes.
    private const int MostInTurn = 8;

    private EventLoop? reader;
    private long turn;
    private int inTurn;

    /// <summary>With an empty buffer it waits until there is something to be decrypted, and holds no memory meanwhile.</summary>
    /// <returns>How many bytes; 0 at the end, whether the client said so or went away.</returns>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        try
        {
            if (buffer.IsEmpty)
            {
                if (!session.HasPending)
                    await session.WaitAsync(cancellationToken);
                return 0;
            }

            if (IsOverspent())
                await EventLoop.LeaveAsync();
            while (true)
            {
                var progress = session.Decrypt(buffer.Span, out var length, out var mustFlush);
                if (mustFlush)
                    await FlushAsync(isNeeded: length == 0, cancellationToken);
                switch (progress)
                {
                    case TlsSession.Progress.Done:
                        return length;
                    case TlsSession.Progress.Broken:
                        throw new IOException($"The client's side of TLS is broken: {session.Fault}");
                    case TlsSession.Progress.NeedsMore when session.IsOver && session.Error != 0:
                        throw SocketFault.Broken(session.Error); // what HTTP's side knows of
                    case TlsSession.Progress.Closed:
                    case TlsSession.Progress.NeedsMore when session.IsOver:
                        return 0;
                    default:
                        await session.WaitAsync(cancellationToken);
                        break;
                }
            }
        }
        catch (ObjectDisposedException exception)
        {
            throw new ConnectionResetException(exception.Message, exception);
        }
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        session.Encrypt(buffer.Span);
        return ValueTask.CompletedTask;
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => session.FlushAsync(cancellationToken).AsTask();

    public override void Write(byte[] buffer, int offset, int count) => session.Encrypt(buffer.AsSpan(offset, count));

    private bool IsOverspent()
    {
        if (EventLoop.Current is not { } here)
            return false;
        if (here == reader && here.Turn == turn)
            return ++inTurn > MostInTurn;

        (reader, turn, inTurn) = (here, here.Turn, 0);
        return false;
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
