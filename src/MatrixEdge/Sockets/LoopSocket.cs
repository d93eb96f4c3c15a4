using System.Runtime.InteropServices;
using Microsoft.AspNetCore.Connections;

namespace MatrixEdge.Sockets;

/// <summary>
/// A TCP connection that an <see cref="EventLoop"/> watches over. Whoever waits for it goes on by the loop's thread; what need not wait is done
/// by the caller's. One reader and one sender at a time; closing may come from anywhere.
/// </summary>
internal sealed class LoopSocket : ILoopHandler, IThreadPoolWorkItem, IDisposable
{
    /// <summary>What <see cref="TryReceive"/> says when nothing has come.</summary>
    public const int NothingYet = -1;

    // In bytes: how much one connection may read before the others of the loop that it is read by have their turn.
    private const int MostInTurn = 256 * 1024;

    private readonly Lock gate = new();
    private readonly EventLoop loop;
    private readonly int descriptor;
    private readonly Action<object?>? onHangUp;
    private readonly object? hangUpState;
    private readonly ulong key;
    private LoopWait? reading;
    private LoopWait? sending;
    private Memory<byte> target;
    private ReadOnlyMemory<byte> unsent;
    private CancellationToken readCancellation;
    private CancellationTokenRegistration readRegistration;
    private EventLoop? reader;
    private long turn;
    private int inTurn;

    // Its turn comes again: until then nothing is read for who waits, whatever is told.
    private bool isPostponed;

    // Told by edges (man 7 epoll): it stays true until a system call finds that it is not.
    private bool isReadable;
    private bool isWritable;
    private bool isReadPending;
    private bool isSendPending;
    private bool isAtEnd;
    private bool isClosed;

    /// <param name="descriptor">A socket that does not wait (O_NONBLOCK); this object's from now on, and closed when this fails.</param>
    /// <param name="isConnecting">Then what is sent first waits until it is known how that ended.</param>
    /// <param name="onHangUp">Called once when the peer says no more, or is gone, though nobody reads; by a thread of the pool.</param>
    /// <exception cref="System.Net.Sockets.SocketException">The system does not watch it.</exception>
    public LoopSocket(EventLoop loop, int descriptor, bool isConnecting = false, Action<object?>? onHangUp = null, object? hangUpState = null)
    {
        (this.loop, this.descriptor, this.onHangUp, this.hangUpState) = (loop, descriptor, onHangUp, hangUpState);
        isWritable = !isConnecting;
        try
        {
            lock (gate)
                key = loop.Add(descriptor, this, Posix.In | Posix.Out | Posix.PeerHangUp | Posix.EdgeTriggered);
        }
        catch
        {
            _ = Posix.close(descriptor);
            throw;
        }
    }

    /// <summary>The loop that it belongs to.</summary>
    public EventLoop Loop => loop;

    /// <summary>Waits until there is something to be read: bytes, the end, or what went wrong.</summary>
    /// <exception cref="ObjectDisposedException">It is closed.</exception>
    public ValueTask WaitAsync(CancellationToken cancellation)
    {
        short version;
        lock (gate)
        {
            ObjectDisposedException.ThrowIf(isClosed, this);
            if (isReadable && !IsOverspent())
                return default;

            version = BeginRead(default, cancellation);
        }

        Register(cancellation);
        return new ValueTask(reading!, version);
    }

    /// <summary>Reads what there is, and waits while that is nothing. Into no memory it only waits.</summary>
    /// <returns>How many bytes; 0 at the end.</returns>
    /// <exception cref="ConnectionResetException">The connection broke off.</exception>
    /// <exception cref="ObjectDisposedException">It is closed.</exception>
    public ValueTask<int> ReceiveAsync(Memory<byte> memory, CancellationToken cancellation)
    {
        short version;
        lock (gate)
        {
            ObjectDisposedException.ThrowIf(isClosed, this);
            if (isReadable && !IsOverspent())
            {
                if (memory.IsEmpty)
                    return new ValueTask<int>(0);
                var received = Receive(memory.Span, out var error);
                if (error != 0)
                    return ValueTask.FromException<int>(SocketFault.Broken(error));
                if (received != NothingYet)
                    return new ValueTask<int>(received);
            }

            version = BeginRead(memory, cancellation);
        }

        Register(cancellation);
        return new ValueTask<int>(reading!, version);
    }

    /// <summary>Reads what there is without waiting; throws nothing.</summary>
    /// <param name="error">The system's number of what went wrong; else 0.</param>
    /// <returns>How many bytes; 0 at the end, or when something went wrong; <see cref="NothingYet"/>.</returns>
    public int TryReceive(Span<byte> bytes, out int error)
    {
        lock (gate)
        {
            error = 0;
            return isClosed ? 0 : isReadable ? Receive(bytes, out error) : NothingYet;
        }
    }

    /// <summary>Whether more may be there, as far as is known without asking.</summary>
    public bool MayHaveMore => Volatile.Read(ref isReadable);

    /// <summary>Hands all of it to the system, and waits while that takes none.</summary>
    /// <exception cref="ConnectionResetException">The connection broke off.</exception>
    /// <exception cref="ObjectDisposedException">It is closed.</exception>
    public ValueTask SendAsync(ReadOnlyMemory<byte> bytes)
    {
        lock (gate)
        {
            ObjectDisposedException.ThrowIf(isClosed, this);
            unsent = bytes;
            if (isWritable)
            {
                var error = SendSome();
                if (error != 0)
                    return ValueTask.FromException(SocketFault.Broken(error));
                if (unsent.IsEmpty)
                    return default;
            }

            isSendPending = true;
            sending ??= new LoopWait();
            return new ValueTask(sending, sending.Begin());
        }
    }

    /// <summary>What the system holds against the connection, as its number; 0: nothing. Told once.</summary>
    public unsafe int FindError()
    {
        var (error, length) = (0, sizeof(int));
        lock (gate)
        {
            ObjectDisposedException.ThrowIf(isClosed, this);
            _ = Posix.getsockopt(descriptor, Posix.SocketLevel, Posix.SocketError, &error, &length);
        }

        return error;
    }

    public void OnEvents(uint events)
    {
        LoopWait? read = null;
        LoopWait? sent = null;
        var hasHungUp = false;
        lock (gate)
        {
            if (isClosed)
                return;
            if ((events & (Posix.In | Posix.PeerHangUp | Posix.HangUp | Posix.Error)) != 0)
            {
                isReadable = true;
                hasHungUp = !isAtEnd && (events & ~(Posix.In | Posix.Out)) != 0;
                isAtEnd |= hasHungUp;
                if (isReadPending && !isPostponed)
                    read = FinishRead();
            }

            if ((events & ~(Posix.In | Posix.PeerHangUp)) != 0)
            {
                isWritable = true;
                if (isSendPending)
                    sent = FinishSend();
            }
        }

        // What waited goes on here, and may take its time: the others' turn is after it.
        sent?.Execute();
        read?.Execute();
        if (hasHungUp && onHangUp is not null)
            ThreadPool.UnsafeQueueUserWorkItem(onHangUp, hangUpState, preferLocal: false);
    }

    /// <summary>Goes on with the read that was postponed.</summary>
    void IThreadPoolWorkItem.Execute()
    {
        LoopWait? read = null;
        lock (gate)
        {
            isPostponed = false;
            if (isReadPending && isReadable)
                read = FinishRead();
        }

        read?.Execute();
    }

    /// <summary>Closes it as one that has said all (FIN). Who waits for it goes on with an exception, on another thread.</summary>
    public void Dispose() => Close(isReset: false);

    /// <summary>Closes it as one that breaks off (RST).</summary>
    public void Reset() => Close(isReset: true);

    // A reader that never has to wait would keep the loop to itself.
    private bool IsOverspent() => inTurn > MostInTurn && EventLoop.Current is { } here && here == reader && here.Turn == turn;

    private short BeginRead(Memory<byte> memory, CancellationToken cancellation)
    {
        isReadPending = true;
        (target, readCancellation) = (memory, cancellation);
        reading ??= new LoopWait();
        var version = reading.Begin();
        if (!isReadable || isPostponed)
            return version;

        // Its turn is over, though there is more.
        isPostponed = true;
        if (EventLoop.Current == loop)
            loop.Postpone(this);
        else
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        return version;
    }

    // Behind BeginRead and outside the lock: a token that is cancelled already calls back at once.
    private void Register(CancellationToken cancellation)
    {
        if (!cancellation.CanBeCanceled)
            return;

        var registration = cancellation.UnsafeRegister(static (socket, token) => ((LoopSocket)socket!).CancelRead(token), this);
        lock (gate)
        {
            if (isReadPending)
            {
                readRegistration = registration;
                return;
            }
        }

        registration.Unregister();
    }

    private void CancelRead(CancellationToken cancellation)
    {
        lock (gate)
        {
            if (!isReadPending || readCancellation != cancellation)
                return; // it is that of a read before this one
            reading!.Set(new OperationCanceledException(cancellation));
            EndRead();
        }

        ThreadPool.UnsafeQueueUserWorkItem(reading, preferLocal: false);
    }

    // Null when it was for nothing.
    private LoopWait? FinishRead()
    {
        if (target.IsEmpty)
        {
            reading!.Set(0);
        }
        else
        {
            var received = Receive(target.Span, out var error);
            if (received == NothingYet)
                return null;
            if (error != 0)
                reading!.Set(SocketFault.Broken(error));
            else
                reading!.Set(received);
        }

        EndRead();
        return reading;
    }

    private void EndRead()
    {
        isReadPending = false;
        target = default;
        readRegistration.Unregister();
        (readCancellation, readRegistration) = (default, default);
    }

    private LoopWait? FinishSend()
    {
        var error = SendSome();
        if (error == 0 && !unsent.IsEmpty)
            return null;

        isSendPending = false;
        if (error != 0)
            sending!.Set(SocketFault.Broken(error));
        else
            sending!.Set(0);
        return sending;
    }

    private unsafe int Receive(Span<byte> bytes, out int error)
    {
        error = 0;
        nint received;
        fixed (byte* at = bytes)
        {
            do
                received = Posix.recv(descriptor, at, bytes.Length, 0);
            while (received < 0 && (error = Marshal.GetLastPInvokeError()) == Posix.Interrupted);
        }

        if (received < 0 && error == Posix.WouldBlock)
        {
            (isReadable, error) = (false, 0);
            return NothingYet;
        }

        if (received < 0)
            return 0;

        // Less than there was room for is all there was; what comes later is told. The end is told with the last bytes, so it is looked for.
        error = 0;
        if (received < bytes.Length && !isAtEnd)
            isReadable = false;
        if (EventLoop.Current is { } here)
        {
            if (here != reader || here.Turn != turn)
                (reader, turn, inTurn) = (here, here.Turn, 0);
            inTurn += (int)received;
        }

        return (int)received;
    }

    // 0, or the error's number. What could not be sent is in unsent.
    private unsafe int SendSome()
    {
        while (!unsent.IsEmpty)
        {
            nint sent;
            fixed (byte* at = unsent.Span)
                sent = Posix.send(descriptor, at, unsent.Length, Posix.NoSignal);
            if (sent >= 0)
            {
                unsent = unsent[(int)sent..];
                continue;
            }

            switch (Marshal.GetLastPInvokeError())
            {
                case Posix.Interrupted:
                    break;
                case Posix.WouldBlock:
                    isWritable = false;
                    return 0;
                case var error:
                    unsent = default;
                    return error;
            }
        }

        unsent = default;
        return 0;
    }

    private unsafe void Close(bool isReset)
    {
        LoopWait? read = null;
        LoopWait? sent = null;
        lock (gate)
        {
            if (isClosed)
                return;

            isClosed = true;
            if (isReset)
            {
                var linger = stackalloc int[2] { 1, 0 }; // struct linger: on, for 0 s
                _ = Posix.setsockopt(descriptor, Posix.SocketLevel, Posix.Linger, linger, 2 * sizeof(int));
            }
            else
            {
                _ = Posix.shutdown(descriptor, Posix.ShutBoth);
            }

            loop.Remove(key);
            _ = Posix.close(descriptor);
            if (isReadPending)
            {
                read = reading!;
                read.Set(new ObjectDisposedException(nameof(LoopSocket)));
                EndRead();
            }

            if (isSendPending)
            {
                sent = sending!;
                sent.Set(new ObjectDisposedException(nameof(LoopSocket)));
                (isSendPending, unsent) = (false, default);
            }
        }

        // By others: whoever closes it may hold what they would wait for.
        if (read is not null)
            ThreadPool.UnsafeQueueUserWorkItem(read, preferLocal: false);
        if (sent is not null)
            ThreadPool.UnsafeQueueUserWorkItem(sent, preferLocal: false);
    }
}
