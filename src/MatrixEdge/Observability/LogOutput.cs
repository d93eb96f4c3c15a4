using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;

namespace MatrixEdge.Observability;

/// <summary>
/// The one that writes lines to the standard output, by a thread of its own, in the order in which they come. Nobody who has a line
/// waits for it: an unread pipe or a slow disk costs lines, which are counted and told of, and not requests. A line is written at
/// once when nothing was written before; those that come shortly after go out together, in one system call.
/// </summary>
internal sealed class LogOutput : IDisposable
{
    /// <summary>How much is kept, in bytes, while nothing can be written.</summary>
    public const int Most = 4 * 1024 * 1024;

    /// <summary>The part of it that access lines do not get, so that why is told when there are many of them.</summary>
    public const int MostReserved = 512 * 1024;

    // What a busy gateway logs within the pause below; a write takes no more than one.
    private const int ChunkLength = 64 * 1024;
    private const int MostSpare = 4;

    // Under load a write for each line would cost more than all else that is done for the line; nobody sees this delay.
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(10);

    private readonly Stream destination;
    private readonly TimeSpan patience;
    private readonly Thread writer;
    private readonly AutoResetEvent wake = new(false);
    private readonly ManualResetEventSlim closing = new();

    private readonly Lock gate = new();
    private readonly Queue<Chunk> full = new();
    private readonly Stack<Chunk> spare = new();
    private Chunk filling = new(ChunkLength);
    private int kept;
    private bool isAwake;
    private bool isClosed;
    private long lost;

    // Of the writer alone.
    private long told;
    private bool hasFailed;

    /// <param name="destination">Where lines go; disposed of by whoever made it.</param>
    /// <param name="patience">How long <see cref="Dispose"/> waits for what can still be written.</param>
    public LogOutput(Stream destination, TimeSpan patience)
    {
        (this.destination, this.patience) = (destination, patience);
        writer = new Thread(Run) { Name = "log output", IsBackground = true };
        writer.Start();

        // The last words of a program that crashes are the ones that are needed.
        AppDomain.CurrentDomain.UnhandledException += Close;
        AppDomain.CurrentDomain.ProcessExit += Close;
    }

    /// <summary>Called with how many lines were lost when lines can be written again; what it logs may come here.</summary>
    public Action<long>? Recovered { get; set; }

    /// <summary>How many lines were lost since the start.</summary>
    public long Lost => Volatile.Read(ref lost);

    /// <summary>Takes a line, to be written soon. Allocates only when more is kept than before, and never waits for the output.</summary>
    /// <param name="line">In UTF-8, with its end.</param>
    /// <param name="isAccess">Whether it is one of those that come with every request.</param>
    public void Append(ReadOnlySpan<byte> line, bool isAccess)
    {
        lock (gate)
        {
            if (isClosed || kept + line.Length > (isAccess ? Most - MostReserved : Most))
            {
                lost++;
                return;
            }

            if (!filling.Holds(line.Length))
            {
                full.Enqueue(filling);
                filling = Empty(line.Length);
            }

            filling.Append(line);
            kept += line.Length;
            if (isAwake)
                return;

            isAwake = true;
        }

        wake.Set();
    }

    /// <summary>Writes what is left; gives up when it takes too long.</summary>
    public void Dispose()
    {
        AppDomain.CurrentDomain.UnhandledException -= Close;
        AppDomain.CurrentDomain.ProcessExit -= Close;
        Close();
    }

    private void Close(object? sender, EventArgs happened) => Close();

    // What the writer waits for is left to the finalizer: it may still be stuck in a write.
    private void Close()
    {
        closing.Set();
        wake.Set();
        if (Thread.CurrentThread != writer)
            writer.Join(patience);
    }

    private void Run()
    {
        do
        {
            wake.WaitOne();
            do
            {
                WriteAll();
                TellLosses();
                closing.Wait(Pause);
            }
            while (!TryRest());
        }
        while (!IsClosed());
    }

    private void WriteAll()
    {
        while (TakeNext() is { } chunk)
        {
            Write(chunk);
            lock (gate)
            {
                kept -= chunk.Length;
                if (hasFailed)
                    lost += chunk.Lines;
                chunk.Clear();
                if (chunk.IsOrdinary && spare.Count < MostSpare)
                    spare.Push(chunk);
            }
        }
    }

    [SuppressMessage("Design", "CA1031", Justification = "The loop ends with the process only; there is nowhere to tell that the log cannot be written.")]
    private void Write(Chunk chunk)
    {
        try
        {
            destination.Write(chunk.Written);
            destination.Flush();
            hasFailed = false;
        }
        catch (Exception exception)
        {
            hasFailed = true;
            Debug.WriteLine(exception);
        }
    }

    private Chunk? TakeNext()
    {
        lock (gate)
        {
            if (full.TryDequeue(out var chunk))
                return chunk;
            if (filling.Length == 0)
                return null;

            chunk = filling;
            filling = Empty(ChunkLength);
            return chunk;
        }
    }

    private void TellLosses()
    {
        var all = Lost;
        if (all == told || hasFailed)
            return;

        Recovered?.Invoke(all - told);
        told = all;
    }

    // Whoever comes after this wakes the writer.
    private bool TryRest()
    {
        lock (gate)
        {
            if (kept > 0)
                return false;

            isAwake = false;
            return true;
        }
    }

    private bool IsClosed()
    {
        lock (gate)
            return isClosed = closing.IsSet && kept == 0;
    }

    private Chunk Empty(int length) =>
        length > ChunkLength ? new Chunk(length) : spare.TryPop(out var chunk) ? chunk : new Chunk(ChunkLength);

    // Whole lines, so that nothing that others write there comes into the middle of one.
    private sealed class Chunk(int length)
    {
        private readonly byte[] bytes = new byte[length];

        public int Length { get; private set; }

        public int Lines { get; private set; }

        public bool IsOrdinary => bytes.Length == ChunkLength;

        public ReadOnlySpan<byte> Written => bytes.AsSpan(0, Length);

        public bool Holds(int more) => bytes.Length - Length >= more;

        public void Append(ReadOnlySpan<byte> line)
        {
            line.CopyTo(bytes.AsSpan(Length));
            Length += line.Length;
            Lines++;
        }

        public void Clear() => (Length, Lines) = (0, 0);
    }
}
