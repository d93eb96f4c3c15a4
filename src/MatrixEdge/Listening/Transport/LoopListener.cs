using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Threading.Channels;
using MatrixEdge.Sockets;
using Microsoft.AspNetCore.Connections;

namespace MatrixEdge.Listening.Transport;

/// <summary>One port. Any loop that has nothing else to do accepts, and each connection goes to the next loop in turn.</summary>
internal sealed partial class LoopListener : IConnectionListener, ILoopHandler
{
    private const string TooMany = "Too many open files";

    // At most so many at once; then it is told again.
    private const int MostInTurn = 16;

    // Room for the address of a peer: that of IPv6 has 28 bytes.
    private const int AddressSize = 64;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan BetweenWords = TimeSpan.FromMinutes(1);

    // Without descriptors nothing can be accepted until others are closed; what waits in the system's queue is not lost. The last ones are kept:
    // for connections to the homeserver, and for code that is loaded when it is needed, without which the process would end.
    private const int MostReserved = 128;
    private static readonly int MostDescriptors = Posix.MostDescriptors() is var most && most / 4 < MostReserved ? most - (most / 4) : most - MostReserved;

    private readonly EventLoops loops;
    private readonly Socket socket;
    private readonly int descriptor;
    private readonly BlockPool pool;
    private readonly ILogger logger;
    private readonly ulong[] keys;
    private readonly Timer resumption;

    // Kestrel's loop begins each connection on the thread pool, and is quick: no thread is changed for it.
    private readonly Channel<ConnectionContext> accepted = Channel.CreateUnbounded<ConnectionContext>(
        new UnboundedChannelOptions { SingleReader = true, AllowSynchronousContinuations = true });

    private readonly Lock ending = new();
    private long? told;
    private bool isPaused;
    private bool isUnbound;

    public LoopListener(EventLoops loops, Socket socket, BlockPool pool, ILogger logger)
    {
        (this.loops, this.socket, this.pool, this.logger) = (loops, socket, pool, logger);
        socket.NoDelay = true; // as each that is accepted gets it
        socket.Blocking = false;
        socket.Listen(ListenerSockets.Backlog);
        EndPoint = socket.LocalEndPoint!;
        descriptor = (int)socket.SafeHandle.DangerousGetHandle();
        resumption = new Timer(static listener => ((LoopListener)listener!).Resume(), this, Timeout.Infinite, Timeout.Infinite);
        keys = new ulong[loops.All.Count];
        lock (ending)
            Watch();
    }

    public EndPoint EndPoint { get; }

    /// <returns>Null once it is unbound.</returns>
    public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
    {
        while (await accepted.Reader.WaitToReadAsync(cancellationToken))
        {
            if (accepted.Reader.TryRead(out var connection))
                return connection;
        }

        return null;
    }

    public void OnEvents(uint events)
    {
        for (var i = 0; i < MostInTurn; i++)
        {
            ConnectionContext? connection;
            lock (ending)
            {
                if (isUnbound || isPaused || !TryAccept(out connection))
                    return;
            }

            if (!accepted.Writer.TryWrite(connection))
                connection.Abort(new ConnectionAbortedException("The gateway is being stopped"));
        }
    }

    public ValueTask UnbindAsync(CancellationToken cancellationToken = default)
    {
        lock (ending)
        {
            if (isUnbound)
                return default;

            isUnbound = true;
            if (!isPaused)
                Withdraw();
            socket.Dispose();
        }

        resumption.Dispose();
        accepted.Writer.Complete();
        return default;
    }

    public async ValueTask DisposeAsync()
    {
        await UnbindAsync();
        while (accepted.Reader.TryRead(out var connection))
            connection.Abort(new ConnectionAbortedException("The gateway is being stopped"));
    }

    private unsafe bool TryAccept([NotNullWhen(true)] out ConnectionContext? connection)
    {
        connection = null;
        var bytes = stackalloc byte[AddressSize];
        var length = AddressSize;
        var client = Posix.accept4(descriptor, bytes, &length, Posix.CloseOnExec | Posix.NonBlocking);
        if (client < 0)
        {
            if (Marshal.GetLastPInvokeError() is var error && !IsOfOneClient(error))
                Suspend(SocketFault.Of(error).Message);
            return false;
        }

        // The system gives the lowest number that is free.
        if (client >= MostDescriptors)
            Suspend(TooMany);

        var remote = Read(bytes, length);
        length = AddressSize;
        var local = EndPoint is IPEndPoint { Address: var own } && !own.Equals(IPAddress.Any) && !own.Equals(IPAddress.IPv6Any) ? EndPoint
            : Posix.getsockname(client, bytes, &length) == 0 ? Read(bytes, length)
            : EndPoint;
        try
        {
            connection = new LoopConnection(loops.Next(), client, local, remote, pool, logger);
            return true;
        }
        catch (SocketException exception)
        {
            Suspend(exception.Message); // this one client is lost: it was accepted
            return false;
        }
    }

    // There is none, or what befell him is his alone (man 2 accept); of the next it is told anew.
    private static bool IsOfOneClient(int error) => error is Posix.WouldBlock or Posix.Interrupted
        or 64 or 71 or 92 or 95 // ENONET, EPROTO, ENOPROTOOPT, EOPNOTSUPP
        or 100 or 101 or 103 or 112 or 113; // ENETDOWN, ENETUNREACH, ECONNABORTED, EHOSTDOWN, EHOSTUNREACH

    private static unsafe IPEndPoint Read(byte* bytes, int length)
    {
        var address = new ReadOnlySpan<byte>(bytes, length);
        var port = (address[2] << 8) | address[3];
        return *(ushort*)bytes == Posix.Family6
            ? new IPEndPoint(new IPAddress(address.Slice(8, 16), *(uint*)(bytes + 24)), port)
            : new IPEndPoint(new IPAddress(address.Slice(4, 4)), port);
    }

    private void Suspend(string reason)
    {
        if (!isPaused)
            Withdraw();
        isPaused = true;
        resumption.Change(Pause, Timeout.InfiniteTimeSpan);
        if (told is { } last && Stopwatch.GetElapsedTime(last) < BetweenWords)
            return;

        told = Stopwatch.GetTimestamp();
        Log.Paused(logger, EndPoint, reason);
    }

    private void Resume()
    {
        lock (ending)
        {
            if (isUnbound)
                return;

            // What is opened next would get this number.
            var lowest = Posix.eventfd(0, Posix.CloseOnExec);
            if (lowest >= 0)
                _ = Posix.close(lowest);
            if (lowest < 0 || lowest >= MostDescriptors)
            {
                resumption.Change(Pause, Timeout.InfiniteTimeSpan);
                return;
            }

            isPaused = false;
            try
            {
                Watch();
            }
            catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
            {
                Suspend(exception.Message);
            }
        }
    }

    private void Watch()
    {
        for (var i = 0; i < keys.Length; i++)
            keys[i] = loops.All[i].Add(descriptor, this, Posix.In | Posix.Exclusive);
    }

    private void Withdraw()
    {
        for (var i = 0; i < keys.Length; i++)
            loops.All[i].Withdraw(descriptor, keys[i]);
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Warning, "No connection can be accepted on {EndPoint} for the moment: {Reason}. Allow the gateway more open files (LimitNOFILE in systemd, ulimit -n); clients wait meanwhile")]
        public static partial void Paused(ILogger logger, EndPoint endPoint, string reason);
    }
}
