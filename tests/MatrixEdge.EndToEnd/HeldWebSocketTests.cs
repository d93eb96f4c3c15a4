using System.Diagnostics;
using System.Net;
using System.Net.WebSockets;
using System.Security.Cryptography;
using MatrixEdge.EndToEnd.Support;

namespace MatrixEdge.EndToEnd;

/// <summary>
/// The WebSocket of a call lasts as long as the call, and nobody need say anything on it. Five minutes of real time, since it is
/// real time-outs that end it elsewhere: 60 s without traffic in nginx, 100 s in YARP, unless they are told otherwise. In a
/// collection of its own, so that it takes its time beside the other tests.
/// </summary>
[Collection("Five minutes")]
public sealed class HeldWebSocketTests
{
    private static readonly TimeSpan Call = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(90);
    private static readonly TimeSpan SilenceBegins = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_WebSocket_is_held_for_five_minutes_with_traffic_both_ways_and_a_long_silence()
    {
        var directory = Directory.CreateTempSubdirectory("matrixedge-call-");
        try
        {
            using var authority = new TestAuthority(directory.FullName);
            await using var backend = await WebSocketBackend.StartAsync(Stop);
            var calls = new { TokenService = backend.Address, LiveKit = backend.Address, Path = "/livekit" };
            await using var gateway = new GatewayProcess(directory.FullName, authority.Place() with { Calls = calls });
            await gateway.StartAsync(backend.Address, Stop);
            using var invoker = new HttpMessageInvoker(new SocketsHttpHandler { SslOptions = authority.Trust(), UseProxy = false });
            using var client = await ConnectAsync(gateway, invoker, HttpVersion.Version11);
            var server = await backend.AcceptAsync(Stop);
            using var modern = await ConnectAsync(gateway, invoker, HttpVersion.Version20); // RFC 8441, as browsers do where they can
            var modernServer = await backend.AcceptAsync(Stop);

            await Task.WhenAll(HoldAsync(client, server), HoldAsync(modern, modernServer));

            Assert.Empty(gateway.Complaints());
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    private static async Task<ClientWebSocket> ConnectAsync(GatewayProcess gateway, HttpMessageInvoker invoker, Version version)
    {
        var client = new ClientWebSocket();
        client.Options.HttpVersion = version;
        client.Options.HttpVersionPolicy = HttpVersionPolicy.RequestVersionExact;
        client.Options.KeepAliveInterval = Timeout.InfiniteTimeSpan; // no frames but those below
        await client.ConnectAsync(new Uri($"wss://localhost:{gateway.HttpsPort}/livekit/sfu/rtc?protocol=9"), invoker, Stop);
        return client;
    }

    private static async Task HoldAsync(ClientWebSocket client, WebSocket server)
    {
        var watch = Stopwatch.StartNew();
        var wasSilent = false;
        while (watch.Elapsed < Call)
        {
            await PassAsync(client, server);
            await PassAsync(server, client);
            var isSilent = !wasSilent && watch.Elapsed >= SilenceBegins;
            await Task.Delay(isSilent ? Silence : Pause, Stop);
            wasSilent |= isSilent;
        }

        Assert.True(wasSilent);
        await client.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, "the call is over", Stop);
        var close = await server.ReceiveAsync(new byte[1], Stop);
        Assert.Equal((WebSocketMessageType.Close, WebSocketCloseStatus.NormalClosure), (close.MessageType, close.CloseStatus));
        await server.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, "so it is", Stop);
        Assert.Equal(WebSocketMessageType.Close, (await client.ReceiveAsync(new byte[1], Stop)).MessageType);
        Assert.Equal("so it is", client.CloseStatusDescription);
    }

    /// <summary>A message of a size that no buffer on the way suggests.</summary>
    private static async Task PassAsync(WebSocket from, WebSocket to)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        limit.CancelAfter(Patience);
        var message = RandomNumberGenerator.GetBytes(RandomNumberGenerator.GetInt32(1, 100_000));
        var received = new byte[message.Length];

        var send = from.SendAsync(message, WebSocketMessageType.Binary, endOfMessage: true, limit.Token);
        var length = 0;
        ValueWebSocketReceiveResult part;
        do
        {
            part = await to.ReceiveAsync(received.AsMemory(length), limit.Token);
            length += part.Count;
        }
        while (!part.EndOfMessage && part.MessageType != WebSocketMessageType.Close);
        await send;

        Assert.Equal(WebSocketMessageType.Binary, part.MessageType);
        Assert.Equal(message, received[..length]);
    }
}
