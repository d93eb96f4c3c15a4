using System.Diagnostics.CodeAnalysis;
using System.Net.Sockets;
using MatrixEdge.Sockets;

namespace MatrixEdge.Proxying.Http1;

/// <summary>
/// One connection to a program behind the gateway; one request at a time (RFC 9112 §9.3, without pipelining). While it is idle, a
/// read is under way, so that one that the other side has ended is known before a request is lost on it.
/// </summary>
internal sealed class BackendConnection(BackendPool pool, Stream stream, TimeProvider time) : IDisposable
{
    /// <summary>The longest head of an answer, in bytes.</summary>
    private const int LongestHead = 128 * 1024;

    // Heads of homeservers have some six hundred bytes, and most bodies fit in beside them.
    private const int UsualBuffer = 4096;

    private const long Idle = long.MaxValue;
    private const long Over = long.MinValue;

    private readonly CancellationTokenSource ended = new();
    private byte[] buffer = new byte[UsualBuffer];
    private int start;
    private int end;
    private ValueTask<int>? reading;
    private long deadline = Idle;
    private long silence;
    private int endedBy;
    private bool isWornOut;

    /// <summary>The loop that it belongs to; null when it belongs to none.</summary>
    public EventLoop? Loop { get; } = (stream as LoopStream)?.Socket.Loop;

    /// <summary>When it was made, by the clock's timestamp.</summary>
    public long Since { get; } = time.GetTimestamp();

    /// <summary>When it was given back last, by the clock's timestamp.</summary>
    public long IdleSince { get; private set; }

    /// <summary>Whether a request went over it before the present one: then it may have been ended without anybody's fault.</summary>
    public bool WasUsed { get; private set; }

    /// <summary>When the head of the present answer had come, by the clock's timestamp; null before.</summary>
    public long? Answered { get; private set; }

    /// <summary>How many heads came before that of the present answer.</summary>
    public int Interims { get; set; }

    public HeadBuffer Request { get; } = new();

    public AnswerHead Answer { get; } = new();

    /// <summary>Cancelled when it is ended, whoever did it. For waits on the client, which an end of the connection does not end.</summary>
    public CancellationToken Ended => ended.Token;

    /// <summary>Who ended it.</summary>
    public EndedBy EndedBy => (EndedBy)Volatile.Read(ref endedBy);

    /// <summary>What has come and was not taken yet.</summary>
    public ReadOnlyMemory<byte> Buffered => buffer.AsMemory(start, end - start);

    /// <summary>From now on it must not be silent for this long.</summary>
    public void Begin(TimeSpan patience)
    {
        silence = (long)(patience.TotalSeconds * time.TimestampFrequency);
        NoteLife();
    }

    public void NoteAnswered() => Answered = time.GetTimestamp();

    /// <summary>Notes that something moved, on this side or on the client's.</summary>
    public void NoteLife() => Volatile.Write(ref deadline, time.GetTimestamp() + silence);

    /// <summary>Whether it was silent for too long. To be asked again and again, beside what is under way; yes is said once.</summary>
    public bool TryFindSilent(long now)
    {
        var seen = Volatile.Read(ref deadline);
        return seen < now && seen != Over && Interlocked.CompareExchange(ref deadline, Over, seen) == seen;
    }

    /// <summary>Notes that nothing can be asked on it any more.</summary>
    public void WearOut() => isWornOut = true;

    /// <summary>Ends it; what is under way on it fails. The first reason counts.</summary>
    public void End(EndedBy reason)
    {
        if (Interlocked.CompareExchange(ref endedBy, (int)reason, 0) != 0)
            return;

        stream.Dispose();
        ended.Cancel();
    }

    public async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes)
    {
        await stream.WriteAsync(bytes);
        NoteLife();
    }

    /// <summary>Takes bytes of <see cref="Buffered"/>.</summary>
    public void Take(int count)
    {
        start += count;
        if (start == end)
            start = end = 0;
    }

    /// <summary>Waits for more bytes behind those of <see cref="Buffered"/>; how many came is for <see cref="TryKeep"/>.</summary>
    /// <exception cref="MessageException">More than a head may have came without an end of it.</exception>
    public ValueTask<int> FillAsync()
    {
        // No method that waits by itself: every request comes by here, and each such method leaves its state behind.
        if (end == buffer.Length)
            MakeRoom();

        var filling = reading ?? stream.ReadAsync(buffer.AsMemory(end));
        reading = null;
        return filling;
    }

    /// <summary>Takes what <see cref="FillAsync"/> waited for into <see cref="Buffered"/>.</summary>
    /// <returns>False when the other side has said its last.</returns>
    public bool TryKeep(int read)
    {
        NoteLife();
        end += read;
        return read > 0;
    }

    /// <summary>Reads past the buffer, which must be empty.</summary>
    public async ValueTask<int> ReadAsync(Memory<byte> target)
    {
        var read = await stream.ReadAsync(target);
        NoteLife();
        return read;
    }

    /// <summary>Makes it ready to wait for its next request. False: it is of no use any more.</summary>
    [SuppressMessage("Reliability", "CA2012", Justification = "Kept while the connection is idle, and consumed once: by whoever reads next, or by the end.")]
    public bool TryRest()
    {
        if (EndedBy != EndedBy.Nobody || isWornOut || end != 0 || !Answer.IsPersistent)
            return false;

        Volatile.Write(ref deadline, Idle);
        (WasUsed, Answered, Interims) = (true, null, 0);
        IdleSince = time.GetTimestamp();
        Request.Shrink();
        Answer.Forget();
        if (buffer.Length > UsualBuffer)
            buffer = new byte[UsualBuffer];
        try
        {
            reading = stream.ReadAsync(buffer);
            return !IsSpent;
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException or SocketException)
        {
            return false;
        }
    }

    /// <summary>Whether the other side ended it, or spoke without being asked, since it rests.</summary>
    public bool IsSpent => reading is { IsCompleted: true } || EndedBy != EndedBy.Nobody;

    public void Dispose()
    {
        End(EndedBy.Us);
        pool.Forget(this);

        // Observed, so that nobody takes its end for an error.
        if (reading is { } pending)
        {
            reading = null;
            _ = ObserveAsync(pending);
        }
    }

    private static async Task ObserveAsync(ValueTask<int> pending)
    {
        try
        {
            await pending;
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException or SocketException or OperationCanceledException)
        {
            // It was ended: that is what was wanted.
        }
    }

    private void MakeRoom()
    {
        if (start > 0)
        {
            buffer.AsSpan(start, end - start).CopyTo(buffer);
            (start, end) = (0, end - start);
            return;
        }

        if (buffer.Length >= LongestHead)
            throw new MessageException($"its head is longer than {LongestHead} bytes");
        Array.Resize(ref buffer, buffer.Length * 2);
    }
}
