using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Authentication;
using MatrixEdge.Listening.Transport;
using MatrixEdge.Sockets;
using Microsoft.AspNetCore.Connections;
using static MatrixEdge.Listening.Tls.OpenSsl;

namespace MatrixEdge.Listening.Tls;

/// <summary>
/// TLS on one connection. What comes is read from the socket into OpenSSL's memory, and decrypted into the reader's. What goes is handed to the
/// socket by the thread that flushes it, many records at once. Reader and writer may be two threads.
/// </summary>
internal sealed class TlsSession : IDisposable
{
    private const int ReadFlag = 0x01, ShouldRetry = 0x08; // BIO_FLAGS_READ, BIO_FLAGS_SHOULD_RETRY

    // In bytes: RFC 8446 §5.2, and what a record has around its content at most in TLS 1.2 and 1.3, with some room.
    private const int LongestRecord = 16 * 1024;
    private const int MostOverhead = 64;
    private const int SmallestBuffer = 4096;

    // In bytes: a client that says so much without any content (RFC 8446 §4.6.3: changes of keys) means no good.
    private const int MostWithoutContent = 64 * 1024;

    private static readonly nint Method = MakeMethod();

    // OpenSSL takes one thread at a time for a connection.
    private readonly Lock gate = new();
    private readonly SemaphoreSlim sending = new(1, 1);
    private readonly TlsContext context; // owns the list of protocols that the handshake looks at
    private readonly LoopConnection connection;
    private readonly LoopSocket socket;
    private GCHandle self;
    private nint ssl;
    private byte[] first = [];
    private int firstStart;
    private int firstEnd;
    private byte[] outgoing = [];
    private int outgoingLength;
    private int withoutContent;
    private Progress? end;
    private bool isReadNoMore;
    private bool isWrittenNoMore;
    private bool isGone;

    /// <param name="begun">What was read from the connection before; copied.</param>
    /// <exception cref="AuthenticationException">OpenSSL has no memory for it.</exception>
    public TlsSession(TlsContext context, LoopConnection connection, in ReadOnlySequence<byte> begun)
    {
        this.context = context;
        this.connection = connection;
        socket = connection.Socket;
        ERR_clear_error();
        ssl = SSL_new(context.DangerousGetHandle()); // has a reference of its own from then on
        if (ssl == 0)
            throw new AuthenticationException($"OpenSSL cannot begin a connection: {TakeError()}");

        var bio = BIO_new(Method);
        if (bio == 0)
        {
            SSL_free(ssl);
            throw new AuthenticationException($"OpenSSL cannot begin a connection: {TakeError()}");
        }

        firstEnd = (int)begun.Length;
        first = firstEnd == 0 ? [] : ArrayPool<byte>.Shared.Rent(firstEnd);
        begun.CopyTo(first);
        self = GCHandle.Alloc(this);
        BIO_set_data(bio, GCHandle.ToIntPtr(self));
        BIO_set_init(bio, 1);
        SSL_set_bio(ssl, bio, bio);
        SSL_set_accept_state(ssl);
    }

    /// <summary>How far it went with what came from the client.</summary>
    public enum Progress
    {
        /// <summary>It goes on with more bytes of the client.</summary>
        NeedsMore,

        /// <summary>The handshake is done; or there are decrypted bytes.</summary>
        Done,

        /// <summary>The client said that nothing more will come.</summary>
        Closed,

        /// <summary>What came is not what the client's side of TLS may say. It is told so by the next flush; see <see cref="Fault"/>.</summary>
        Broken,
    }

    /// <summary>In OpenSSL's words; empty unless the connection is broken.</summary>
    public string Fault { get; private set; } = "";

    /// <summary>The version on the wire: 0x0303 is TLS 1.2, 0x0304 is TLS 1.3.</summary>
    public int Version => SSL_version(ssl);

    /// <summary>What was agreed on by ALPN; empty without.</summary>
    public unsafe ReadOnlySpan<byte> Protocol
    {
        get
        {
            byte* selected;
            uint length;
            SSL_get0_alpn_selected(ssl, &selected, &length);
            return new ReadOnlySpan<byte>(selected, (int)length);
        }
    }

    /// <summary>Whether nothing more comes from the client, whether it said so or not.</summary>
    public bool IsOver { get; private set; }

    /// <summary>The system's number of what ended it; 0 when the client did.</summary>
    public int Error { get; private set; }

    /// <summary>Whether there is something to be read without more of the client's bytes: decrypted ones, or the end.</summary>
    public bool HasPending
    {
        get
        {
            lock (gate)
                return ssl != 0 && (end is not null || IsOver || firstStart < firstEnd || SSL_has_pending(ssl) != 0);
        }
    }

    /// <summary>Goes on with the handshake. What it says to the client must be flushed; when it is broken, that is the alert.</summary>
    public Progress Handshake()
    {
        lock (gate)
        {
            ObjectDisposedException.ThrowIf(ssl == 0, this);
            ERR_clear_error();
            var result = SSL_do_handshake(ssl);
            if (result != 1)
                return Explain(result);

            withoutContent = 0;
            return Progress.Done;
        }
    }

    /// <summary>Decrypts as much as is there and fits. Once the client's side has ended, in whatever way, it stays so.</summary>
    /// <param name="length">How many bytes of <paramref name="plain"/> are filled.</param>
    /// <param name="mustFlush">Whether there is something to be said to the client: an alert, or that keys were changed (RFC 8446 §4.6.3).</param>
    /// <exception cref="ObjectDisposedException">Nothing is read here any more.</exception>
    public unsafe Progress Decrypt(Span<byte> plain, out int length, out bool mustFlush)
    {
        length = 0;
        lock (gate)
        {
            ObjectDisposedException.ThrowIf(ssl == 0 || isReadNoMore, this);
            var unsent = outgoingLength;
            var progress = end ?? Progress.Done;
            fixed (byte* at = plain)
            {
                while (end is null && length < plain.Length)
                {
                    ERR_clear_error();
                    var result = SSL_read(ssl, at + length, plain.Length - length);
                    if (result <= 0)
                    {
                        progress = Explain(result);
                        break;
                    }

                    length += result;
                    withoutContent = 0;
                    if (firstStart == firstEnd && !socket.MayHaveMore && SSL_has_pending(ssl) == 0)
                        break;
                }
            }

            mustFlush = outgoingLength > unsent;
            return length > 0 ? Progress.Done : progress;
        }
    }

    /// <summary>Waits until more has come from the client.</summary>
    public ValueTask WaitAsync(CancellationToken cancellation) => socket.WaitAsync(cancellation);

    /// <summary>Encrypts all of it; it leaves with the next flush. Where the connection is over it goes nowhere, and that is no fault of the writer's.</summary>
    public unsafe void Encrypt(ReadOnlySpan<byte> plain)
    {
        if (plain.IsEmpty)
            return;
        lock (gate)
        {
            if (ssl == 0 || isWrittenNoMore || end == Progress.Broken)
                return;

            Reserve(plain.Length + ((1 + (plain.Length / LongestRecord)) * MostOverhead));
            ERR_clear_error();
            fixed (byte* at = plain)
            {
                if (SSL_write(ssl, at, plain.Length) > 0)
                    return;
            }

            ERR_clear_error();
            isWrittenNoMore = true;
        }

        // The client is in the middle of a message about the connection itself, which OpenSSL would see the end of first. Nobody splits those.
        connection.Abort(new ConnectionAbortedException("The client left a handshake message unfinished"));
    }

    /// <summary>Nobody's memory is written to any more, whoever still waits.</summary>
    public void StopReading()
    {
        lock (gate)
            isReadNoMore = true;
    }

    /// <summary>Says that nothing more will come (RFC 8446 §6.1); it leaves with the next flush.</summary>
    public void SayClosed()
    {
        lock (gate)
        {
            if (ssl == 0 || isWrittenNoMore || end == Progress.Broken)
                return;
            ERR_clear_error();
            _ = SSL_shutdown(ssl);
            ERR_clear_error();
        }
    }

    /// <summary>
    /// Hands what was encrypted to the system, from this thread, and waits only while the client takes none. When the client is gone, it
    /// is not heard of here: the connection ends.
    /// </summary>
    /// <param name="cancellation">Ends the wait; what was encrypted leaves all the same.</param>
    public ValueTask FlushAsync(CancellationToken cancellation)
    {
        var send = sending.Wait(0, CancellationToken.None) ? SendAsync() : SendBehindAsync();
        return send.IsCompleted || !cancellation.CanBeCanceled ? send : new ValueTask(send.AsTask().WaitAsync(cancellation));
    }

    public void Dispose()
    {
        lock (gate)
        {
            if (ssl == 0)
                return;
            SSL_free(ssl);
            ssl = 0;
            self.Free();
            Release(outgoing);
            Release(first);
            (outgoing, first) = ([], []);
            (outgoingLength, firstStart, firstEnd) = (0, 0, 0);
        }

        GC.KeepAlive(context);
    }

    // Of reader and writer one after the other: what was encrypted first must leave first.
    private async ValueTask SendBehindAsync()
    {
        await sending.WaitAsync();
        await SendAsync();
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask SendAsync()
    {
        byte[] bytes;
        int length;
        lock (gate)
        {
            (bytes, length) = (outgoing, outgoingLength);
            outgoing = [];
            outgoingLength = 0;
        }

        try
        {
            if (length > 0 && !isGone)
                await socket.SendAsync(bytes.AsMemory(0, length));
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException)
        {
            isGone = true;
            connection.Abort(new ConnectionAbortedException("The client takes nothing any more", exception));
        }
        finally
        {
            Release(bytes);
            sending.Release();
        }
    }

    // What was read before comes first. That nothing more comes is told beside: OpenSSL would take it for an error of its own.
    private int Take(Span<byte> bytes)
    {
        if (firstStart == firstEnd)
        {
            if (IsOver)
                return LoopSocket.NothingYet; // how it ended is told once
            var read = socket.TryReceive(bytes, out var error);
            if (read != 0)
                return read;

            (IsOver, Error) = (true, error);
            return LoopSocket.NothingYet;
        }

        var taken = Math.Min(bytes.Length, firstEnd - firstStart);
        first.AsSpan(firstStart, taken).CopyTo(bytes);
        firstStart += taken;
        if (firstStart == firstEnd)
        {
            Release(first);
            first = [];
            (firstStart, firstEnd) = (0, 0);
        }

        return taken;
    }

    private void Reserve(int more)
    {
        if (outgoing.Length - outgoingLength >= more)
            return;

        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(checked(outgoingLength + more), SmallestBuffer));
        outgoing.AsSpan(0, outgoingLength).CopyTo(larger);
        Release(outgoing);
        outgoing = larger;
    }

    private static void Release(byte[] bytes)
    {
        if (bytes.Length > 0)
            ArrayPool<byte>.Shared.Return(bytes);
    }

    private Progress Explain(int result)
    {
        switch (SSL_get_error(ssl, result))
        {
            case WantRead when withoutContent <= MostWithoutContent:
                return Progress.NeedsMore;
            case WantRead:
                Fault = "too much came without any content";
                end = Progress.Broken;
                break;
            case ZeroReturn:
                end = Progress.Closed;
                break;
            default:
                Fault = TakeError();
                end = Progress.Broken;
                break;
        }

        return end.Value;
    }

    private static unsafe nint MakeMethod()
    {
        const int SourceAndSink = 0x0400 | 127; // BIO_TYPE_SOURCE_SINK and a number that is free
        fixed (byte* name = "pipe\0"u8)
        {
            var method = BIO_meth_new(SourceAndSink, name);
            if (method == 0 || BIO_meth_set_read(method, &Read) != 1 || BIO_meth_set_write(method, &Write) != 1 || BIO_meth_set_ctrl(method, &Control) != 1)
                throw new InvalidOperationException($"OpenSSL takes no place to read from: {TakeError()}");
            return method;
        }
    }

    // OpenSSL asks for bytes of the client.
    [UnmanagedCallersOnly]
    private static unsafe int Read(nint bio, byte* buffer, int length)
    {
        BIO_clear_flags(bio, ReadFlag | ShouldRetry);
        var session = (TlsSession)GCHandle.FromIntPtr(BIO_get_data(bio)).Target!;
        var read = session.withoutContent > MostWithoutContent ? LoopSocket.NothingYet : session.Take(new Span<byte>(buffer, length));
        if (read == LoopSocket.NothingYet)
            BIO_set_flags(bio, ReadFlag | ShouldRetry);
        else
            session.withoutContent += read;
        return read;
    }

    // OpenSSL has bytes for the client. Nothing may be thrown through it.
    [UnmanagedCallersOnly]
    private static unsafe int Write(nint bio, byte* bytes, int length)
    {
        BIO_clear_flags(bio, ReadFlag | ShouldRetry);
        var session = (TlsSession)GCHandle.FromIntPtr(BIO_get_data(bio)).Target!;
        try
        {
            session.Reserve(length);
        }
        catch (Exception exception) when (exception is OutOfMemoryException or OverflowException)
        {
            return -1;
        }

        new ReadOnlySpan<byte>(bytes, length).CopyTo(session.outgoing.AsSpan(session.outgoingLength));
        session.outgoingLength += length;
        return length;
    }

    [UnmanagedCallersOnly]
    private static nint Control(nint bio, int command, nint number, nint pointer)
    {
        const int Flush = 11; // BIO_CTRL_FLUSH: what was written is flushed by us, later
        return command == Flush ? 1 : 0;
    }
}
