using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace MatrixEdge.Sockets;

/// <summary>
/// A thread that waits for many descriptors at once and tells their handlers what happened. What was waiting for a socket goes on right
/// here, without changing threads: so nothing that runs here may wait by itself.
/// </summary>
internal sealed partial class EventLoop : IDisposable
{
    private const int MostEvents = 128;
    private const ulong Wake = ulong.MaxValue;

    [ThreadStatic]
    private static EventLoop? current;

    private readonly ILogger<EventLoop> logger;
    private readonly int epoll;
    private readonly int wake;
    private readonly Thread thread;

    // Handlers have a place each. A place is given to others later, and what was told of the one before must not reach them: so each has a number of its own, too.
    private readonly Lock changing = new();
    private readonly Stack<int> free = new();
    private Place[] places = new Place[64];
    private int used;

    // Of this thread alone.
    private Queue<IThreadPoolWorkItem> later = new();
    private Queue<IThreadPoolWorkItem> due = new();
    private volatile bool isEnding;
    private bool isClosed;

    /// <exception cref="System.Net.Sockets.SocketException">The system has no descriptor for it.</exception>
    public EventLoop(int number, ILogger<EventLoop> logger)
    {
        this.logger = logger;
        epoll = Posix.epoll_create1(Posix.CloseOnExec);
        wake = Posix.eventfd(0, Posix.CloseOnExec | Posix.NonBlocking);
        if (epoll < 0 || wake < 0 || Posix.Watch(epoll, Posix.Add, wake, Posix.In, Wake) != 0)
            throw SocketFault.Of(Marshal.GetLastPInvokeError());

        thread = new Thread(Run) { IsBackground = true, Name = $"loop {number}" };
        thread.Start();
    }

    /// <summary>The loop whose thread this is; null on all other threads.</summary>
    public static EventLoop? Current => current;

    /// <summary>Counts how often it waited. Whoever finds work without end compares it, and lets others have their turn.</summary>
    public long Turn { get; private set; }

    /// <summary>Begins to tell the handler of its descriptor. May be called by any thread.</summary>
    /// <returns>Names it for <see cref="Remove"/>.</returns>
    /// <exception cref="System.Net.Sockets.SocketException">The system does not watch it.</exception>
    /// <exception cref="ObjectDisposedException">The loop has ended.</exception>
    public ulong Add(int descriptor, ILoopHandler handler, uint events)
    {
        ulong key;
        int error;
        lock (changing)
        {
            ObjectDisposedException.ThrowIf(isClosed, this);
            var index = free.TryPop(out var place) ? place : used++;
            if (index == places.Length)
                Array.Resize(ref places, places.Length * 2);
            places[index].Handler = handler;
            places[index].Number = Math.Max(places[index].Number, 1); // 0 is no key
            key = ((ulong)places[index].Number << 32) | (uint)index;
            error = Posix.Watch(epoll, Posix.Add, descriptor, events, key);
        }

        if (error == 0)
            return key;

        Remove(key);
        throw SocketFault.Of(error);
    }

    /// <summary>Nothing is told any more, but for what is being told right now; the descriptor stays open.</summary>
    public void Withdraw(int descriptor, ulong key)
    {
        lock (changing)
        {
            if (!isClosed)
                _ = Posix.Watch(epoll, Posix.Delete, descriptor, 0, key);
        }

        Remove(key);
    }

    /// <summary>As <see cref="Withdraw"/>, for a descriptor that is being closed, which takes it from the system's list.</summary>
    public void Remove(ulong key)
    {
        var index = (int)(uint)key;
        lock (changing)
        {
            if (places[index].Number != (uint)(key >> 32))
                return; // it was removed before, and the place may be somebody else's

            places[index].Handler = null;
            places[index].Number++;
            free.Push(index);
        }
    }

    /// <summary>Does this when the others have had their turn. For this loop's own thread.</summary>
    public void Postpone(IThreadPoolWorkItem work) => later.Enqueue(work);

    /// <summary>Goes on by another thread where this is a loop's: before what may wait by itself.</summary>
    public static ConfiguredTaskAwaitable LeaveAsync() =>
        Task.CompletedTask.ConfigureAwait(current is null ? ConfigureAwaitOptions.None : ConfigureAwaitOptions.ForceYielding);

    /// <summary>Ends the thread. Nobody is told anything any more.</summary>
    public unsafe void Dispose()
    {
        if (isEnding)
            return;

        isEnding = true;
        var one = 1UL;
        _ = Posix.write(wake, &one, sizeof(ulong));
        if (current != this)
            thread.Join();

        // Only now: a number that is closed is soon somebody else's.
        lock (changing)
        {
            isClosed = true;
            _ = Posix.close(epoll);
            _ = Posix.close(wake);
        }
    }

    private unsafe void Run()
    {
        current = this;
        var events = stackalloc byte[MostEvents * Posix.EventSize];
        while (!isEnding)
        {
            var count = Posix.epoll_wait(epoll, events, MostEvents, later.Count > 0 ? 0 : -1);
            Turn++;
            (later, due) = (due, later); // what is postponed from here on is of the next turn
            for (var i = 0; i < count && !isEnding; i++)
            {
                var at = events + (i * Posix.EventSize);
                if (Find(*(ulong*)(at + Posix.DataOffset)) is { } handler)
                    Tell(handler, *(uint*)at);
            }

            while (!isEnding && due.TryDequeue(out var work))
                Do(work);
        }
    }

    private ILoopHandler? Find(ulong key)
    {
        if (key == Wake)
            return null;
        lock (changing)
        {
            var place = places[(int)(uint)key];
            return place.Number == (uint)(key >> 32) ? place.Handler : null;
        }
    }

    // The loop is many connections' life: it outlives whatever one of them makes of it.
    private void Tell(ILoopHandler handler, uint events)
    {
        try
        {
            handler.OnEvents(events);
        }
        catch (Exception exception)
        {
            Log.Failed(logger, exception);
        }
    }

    private void Do(IThreadPoolWorkItem work)
    {
        try
        {
            work.Execute();
        }
        catch (Exception exception)
        {
            Log.Failed(logger, exception);
        }
    }

    private struct Place
    {
        public ILoopHandler? Handler;
        public uint Number;
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Error, "A connection's work ended with an error that nobody expected; the others go on. Please report it")]
        public static partial void Failed(ILogger logger, Exception exception);
    }
}
