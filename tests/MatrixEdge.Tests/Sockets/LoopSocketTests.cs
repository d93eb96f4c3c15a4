using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using MatrixEdge.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging.Abstractions;

namespace MatrixEdge.Tests.Sockets;

public sealed class LoopSocketTests : IDisposable
{
    private readonly EventLoops loops = new(NullLogger<EventLoop>.Instance);
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);

    public LoopSocketTests() => listener.Start();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        listener.Dispose();
        loops.Dispose();
    }

    [Fact]
    public async Task What_comes_is_read_and_then_the_end()
    {
        var (socket, peer) = await ConnectAsync();
        using var _ = socket;
        var memory = new byte[100];

        var early = socket.ReceiveAsync(memory, Stop);
        Assert.False(early.IsCompleted);
        await peer.SendAsync("one"u8.ToArray(), Stop);
        Assert.Equal(3, await early);
        Assert.True(memory.AsSpan().StartsWith("one"u8));

        await peer.SendAsync("two"u8.ToArray(), Stop);
        await socket.WaitAsync(Stop);
        Assert.Equal(2, await socket.ReceiveAsync(memory.AsMemory(0, 2), Stop)); // the rest is not forgotten
        Assert.Equal(1, await socket.ReceiveAsync(memory, Stop));

        await peer.SendAsync("three"u8.ToArray(), Stop);
        peer.Dispose();
        Assert.Equal(5, await socket.ReceiveAsync(memory, Stop));
        Assert.Equal(0, await socket.ReceiveAsync(memory, Stop));
        Assert.Equal(0, await socket.ReceiveAsync(memory, Stop));
    }

    [Fact]
    public async Task Waiting_takes_nothing()
    {
        var (socket, peer) = await ConnectAsync();
        using var _ = socket;

        var waiting = socket.ReceiveAsync(Memory<byte>.Empty, Stop);
        Assert.False(waiting.IsCompleted);
        await peer.SendAsync("x"u8.ToArray(), Stop);

        Assert.Equal(0, await waiting);
        Assert.Equal(1, socket.TryReceive(new byte[10], out var error));
        Assert.Equal(0, error);
        Assert.Equal(LoopSocket.NothingYet, socket.TryReceive(new byte[10], out error));
        peer.Dispose();
    }

    [Fact]
    public async Task Who_waited_goes_on_by_the_thread_of_the_loop()
    {
        var (socket, peer) = await ConnectAsync();
        using var _ = socket;

        Assert.Null(EventLoop.Current);
        var seen = WaitAsync();
        await peer.SendAsync("x"u8.ToArray(), Stop);

        Assert.Same(socket.Loop, await seen);
        peer.Dispose();

        async Task<EventLoop?> WaitAsync()
        {
            await socket.WaitAsync(Stop).ConfigureAwait(false);
            return EventLoop.Current;
        }
    }

    [Fact]
    public async Task A_read_that_is_cancelled_takes_nothing_and_another_may_follow()
    {
        var (socket, peer) = await ConnectAsync();
        using var _ = socket;
        var memory = new byte[10];

        for (var i = 0; i < 100; i++)
        {
            using var cancellation = new CancellationTokenSource();
            var reading = socket.ReceiveAsync(memory, cancellation.Token);
            await cancellation.CancelAsync();
            var thrown = await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await reading);
            Assert.Equal(cancellation.Token, thrown.CancellationToken);
        }

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await socket.ReceiveAsync(memory, new CancellationToken(true)));
        var last = socket.ReceiveAsync(memory, Stop);
        await peer.SendAsync("x"u8.ToArray(), Stop);
        Assert.Equal(1, await last);
        peer.Dispose();
    }

    [Fact]
    public async Task More_than_the_system_takes_is_sent_while_the_peer_reads()
    {
        var (socket, peer) = await ConnectAsync();
        using var _ = socket;
        var bytes = RandomNumberGenerator.GetBytes(20_000_000);

        var sending = socket.SendAsync(bytes);
        Assert.False(sending.IsCompleted);
        var received = new byte[bytes.Length];
        await using (var stream = new NetworkStream(peer))
            await stream.ReadExactlyAsync(received, Stop);
        await sending;

        Assert.True(bytes.AsSpan().SequenceEqual(received));
        peer.Dispose();
    }

    [Fact]
    public async Task Both_ways_at_once_and_no_byte_is_lost()
    {
        var (socket, peer) = await ConnectAsync();
        using var _ = socket;
        var bytes = RandomNumberGenerator.GetBytes(5_000_000);

        await using var stream = new NetworkStream(peer);
        await using var own = new LoopStream(socket);
        var echo = Task.Run(async () =>
        {
            var memory = new byte[7_000];
            while (await own.ReadAsync(memory, Stop) is > 0 and var read)
                await own.WriteAsync(memory.AsMemory(0, read), Stop);
        });
        var sending = Task.Run(async () =>
        {
            await stream.WriteAsync(bytes, Stop);
            peer.Shutdown(SocketShutdown.Send);
        });
        var received = new byte[bytes.Length];
        await stream.ReadExactlyAsync(received, Stop);
        await Task.WhenAll(sending, echo);

        Assert.True(bytes.AsSpan().SequenceEqual(received));
        peer.Dispose();
    }

    [Fact]
    public async Task Closing_ends_what_waits()
    {
        var (socket, peer) = await ConnectAsync();
        var reading = socket.ReceiveAsync(new byte[10], Stop);
        var sending = socket.SendAsync(new byte[20_000_000]);

        socket.Dispose();
        socket.Dispose();

        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await reading);
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await sending);
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await socket.ReceiveAsync(new byte[10], Stop));
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await socket.SendAsync(new byte[10]));
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await socket.WaitAsync(Stop));
        Assert.Equal(0, socket.TryReceive(new byte[10], out _));
        peer.Dispose();
    }

    [Fact]
    public async Task A_reset_is_told_as_such_on_both_sides()
    {
        var (socket, peer) = await ConnectAsync();
        socket.Reset();
        var seen = await Assert.ThrowsAsync<SocketException>(async () => await peer.ReceiveAsync(new byte[10], Stop));
        Assert.Equal(SocketError.ConnectionReset, seen.SocketErrorCode);
        peer.Dispose();

        (socket, peer) = await ConnectAsync();
        using var _ = socket;
        peer.LingerState = new LingerOption(true, 0);
        var reading = socket.ReceiveAsync(new byte[10], Stop);
        peer.Dispose();

        var thrown = await Assert.ThrowsAsync<ConnectionResetException>(async () => await reading);
        Assert.Equal(SocketError.ConnectionReset, Assert.IsType<SocketException>(thrown.InnerException).SocketErrorCode);
        await Assert.ThrowsAsync<ConnectionResetException>(async () => await socket.SendAsync(new byte[10]));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task That_the_peer_has_gone_is_told_though_nobody_reads(bool hasSaidSomething)
    {
        var (descriptor, peer) = await AcceptAsync();
        var told = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var socket = new LoopSocket(loops.Next(), descriptor, isConnecting: false, static told => ((TaskCompletionSource)told!).SetResult(), told); // twice would throw

        if (hasSaidSomething)
            await peer.SendAsync("x"u8.ToArray(), Stop);
        Assert.False(told.Task.IsCompleted);
        peer.Dispose();

        await told.Task.WaitAsync(TimeSpan.FromSeconds(20), Stop);
        if (hasSaidSomething)
            Assert.Equal(1, await socket.ReceiveAsync(new byte[10], Stop));
        Assert.Equal(0, await socket.ReceiveAsync(new byte[10], Stop));
    }

    [Fact]
    public async Task One_that_always_has_more_is_read_from_in_turns()
    {
        const int Size = 20_000_000;
        var (socket, flood) = await ConnectAsync();
        using var _ = socket;
        var (longest, inTurn, turn, total) = (0, 0, -1L, 0L);
        var reading = ReadAsync(); // which waits: nothing was sent
        await flood.SendAsync(new byte[Size], Stop);
        flood.Shutdown(SocketShutdown.Send);
        await reading;

        Assert.Equal(Size, total);
        Assert.InRange(longest, 1000, (256 * 1024) + 1000);
        flood.Dispose();

        async Task ReadAsync()
        {
            var memory = new byte[1000];
            while (await socket.ReceiveAsync(memory, Stop).ConfigureAwait(false) is > 0 and var read)
            {
                total += read;
                if (EventLoop.Current is not { } here)
                    continue; // nobody else waits for this thread

                if (here.Turn != turn)
                    Thread.Sleep(turn < 0 ? 300 : 5); // the loop itself stands still: much more comes before the first turn ends, and of more it is told in each
                inTurn = here.Turn == turn ? inTurn + read : read;
                turn = here.Turn;
                longest = Math.Max(longest, inTurn);
            }
        }
    }

    [Fact]
    public async Task Many_that_come_and_go_get_what_is_theirs()
    {
        await Task.WhenAll(Enumerable.Range(0, 20).Select(number => Task.Run(async () =>
        {
            var memory = new byte[10];
            for (var i = 0; i < 100; i++)
            {
                using var own = new TcpListener(IPAddress.Loopback, 0);
                own.Start();
                using var socket = await LoopClient.ConnectAsync(loops.Here(), own.LocalEndpoint, Stop);
                using var peer = await own.AcceptSocketAsync(Stop);
                await peer.SendAsync(BitConverter.GetBytes((number * 1000) + i), Stop);
                Assert.Equal(4, await socket.ReceiveAsync(memory, Stop));
                Assert.Equal((number * 1000) + i, BitConverter.ToInt32(memory));
            }
        })));
    }

    [Fact]
    public async Task Nobody_there_is_told_in_the_systems_words()
    {
        var place = (IPEndPoint)listener.LocalEndpoint;
        listener.Stop();

        var refused = await Assert.ThrowsAsync<SocketException>(async () => await LoopClient.ConnectAsync(loops.Here(), place, Stop));
        Assert.Equal((SocketError.ConnectionRefused, "Connection refused"), (refused.SocketErrorCode, refused.Message));

        // Both addresses of the name are tried; the last one's answer is told.
        refused = await Assert.ThrowsAsync<SocketException>(async () => await LoopClient.ConnectAsync(loops.Here(), new DnsEndPoint("localhost", place.Port), Stop));
        Assert.Equal(SocketError.ConnectionRefused, refused.SocketErrorCode);

        var unknown = await Assert.ThrowsAsync<SocketException>(async () => await LoopClient.ConnectAsync(loops.Here(), new DnsEndPoint("nobody.invalid", 1), Stop));
        Assert.Contains(unknown.SocketErrorCode, new[] { SocketError.HostNotFound, SocketError.TryAgain, SocketError.NoData });
    }

    [Fact]
    public async Task A_name_leads_to_the_address_that_takes_the_connection()
    {
        using var socket = await LoopClient.ConnectAsync(loops.Here(), new DnsEndPoint("localhost", ((IPEndPoint)listener.LocalEndpoint).Port), Stop);
        using var peer = await listener.AcceptSocketAsync(Stop);
        await peer.SendAsync("x"u8.ToArray(), Stop);
        Assert.Equal(1, await socket.ReceiveAsync(new byte[10], Stop));
    }

    [Fact]
    public async Task Who_connects_may_lose_patience()
    {
        // A queue of one that is full takes nobody, and says nothing.
        using var full = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        full.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        full.Listen(0);
        using var first = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await first.ConnectAsync(full.LocalEndPoint!, Stop);
        using var patience = new CancellationTokenSource(TimeSpan.FromMilliseconds(200));

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            while (true)
                _ = await LoopClient.ConnectAsync(loops.Here(), full.LocalEndPoint!, patience.Token);
        });
    }

    private async Task<(LoopSocket Socket, Socket Peer)> ConnectAsync()
    {
        var socket = await LoopClient.ConnectAsync(loops.Next(), listener.LocalEndpoint, Stop);
        await EventLoop.LeaveAsync(); // a test is no loop's work
        return (socket, await listener.AcceptSocketAsync(Stop));
    }

    // A descriptor of ours alone, as accept gives it.
    private async Task<(int Descriptor, Socket Peer)> AcceptAsync()
    {
        var peer = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await peer.ConnectAsync(listener.LocalEndpoint, Stop);
        return (Accept((int)listener.Server.Handle), peer);

        static unsafe int Accept(int descriptor)
        {
            int accepted;
            while ((accepted = Posix.accept4(descriptor, null, null, Posix.CloseOnExec | Posix.NonBlocking)) < 0)
                Thread.Yield();
            return accepted;
        }
    }
}
