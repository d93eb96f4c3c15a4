using System.Diagnostics;
using MatrixEdge.Listening;
using MatrixEdge.Tests.Support;

namespace MatrixEdge.Tests.Proxying;

/// <summary>SIGTERM: no new connections, running requests finish, long polls are ended last.</summary>
public sealed class DrainTests
{
    [Fact]
    public async Task A_running_request_finishes_and_a_long_poll_is_ended_after_it()
    {
        var finish = new TaskCompletionSource();
        await using var backend = new RawBackend(async (request, connection) =>
        {
            if (request.IsGatewaysOwn)
                return;
            if (request.Target.Contains("/sync", StringComparison.Ordinal))
                await connection.WaitForCloseAsync();
            await finish.Task;
            await connection.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nsent");
        });
        await using var gateway = await RunningGateway.StartInFrontOfAsync(backend.Port);
        await using var sender = await gateway.ConnectAsync();
        await using var poller = await gateway.ConnectAsync();
        var send = RawAnswer.ExchangeAsync(sender, "PUT /_matrix/client/v3/rooms/!a/send/m.room.message/1 HTTP/1.1\r\nHost: example.com\r\nContent-Length: 2\r\n\r\n{}");
        var poll = RawAnswer.ExchangeAsync(poller, "GET /_matrix/client/v3/sync?timeout=30000 HTTP/1.1\r\nHost: example.com\r\n\r\n");
        await backend.NextRequestAsync();
        await backend.NextRequestAsync();

        var stop = gateway.StopAsync();
        await gateway.Events.WaitForAsync("Stopping: 1 requests and 1 long polls are running");
        await Assert.ThrowsAnyAsync<Exception>(() => gateway.ConnectAsync());
        await Task.Delay(300);
        var endedBefore = poll.IsCompleted;
        finish.SetResult();
        var sent = await send;
        var polled = await poll;
        await stop.WaitAsync(TimeSpan.FromSeconds(20));

        Assert.False(endedBefore);
        Assert.Equal((200, "sent"), (sent.Status, sent.Text));
        Assert.Equal(503, polled.Status);
        Assert.Equal("""{"errcode":"M_UNKNOWN","error":"This server is restarting, please try again in a moment"}""", polled.Text);
        Assert.Equal(["*"], polled.Header("Access-Control-Allow-Origin"));
        Assert.Equal(["1"], polled.Header("Retry-After"));
    }

    [Fact]
    public async Task An_answer_to_a_long_poll_that_is_on_its_way_arrives_whole()
    {
        var rest = new TaskCompletionSource();
        await using var backend = new RawBackend(async (request, connection) =>
        {
            if (request.IsGatewaysOwn)
                return;
            await connection.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nhalf");
            await rest.Task;
            await connection.SendAsync("rest");
        });
        await using var gateway = await RunningGateway.StartInFrontOfAsync(backend.Port);
        await using var client = await gateway.ConnectAsync();
        await client.WriteAsync("GET /_matrix/client/v3/sync HTTP/1.1\r\nHost: example.com\r\n\r\n"u8.ToArray());
        var first = new byte[1];
        await client.ReadExactlyAsync(first);

        var stop = gateway.StopAsync();
        await gateway.Events.WaitForAsync("Stopping: 1 requests and 0 long polls are running");
        await Task.Delay(300);
        rest.SetResult();
        var answer = new byte[4096];
        var read = await client.ReadAtLeastAsync(answer, answer.Length, throwOnEndOfStream: false);
        await stop.WaitAsync(TimeSpan.FromSeconds(20));

        Assert.EndsWith("halfrest", System.Text.Encoding.ASCII.GetString(answer, 0, read), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_does_not_finish_in_time_is_ended_and_told()
    {
        await using var backend = new RawBackend((_, connection) => connection.WaitForCloseAsync());
        await using var gateway = await RunningGateway.StartInFrontOfAsync(backend.Port, more: """
            , "Listen": { "Http": "", "Https": "127.0.0.1:0", "Federation": "", "Admin": "", "DrainFor": "00:00:03" }
            """);
        await using var client = await gateway.ConnectAsync();
        var join = RawAnswer.ExchangeAsync(client, "POST /_matrix/client/v3/join/x HTTP/1.1\r\nHost: example.com\r\nContent-Length: 0\r\n\r\n");
        await backend.NextRequestAsync();

        var begin = Stopwatch.GetTimestamp();
        await gateway.StopAsync();

        Assert.InRange(Stopwatch.GetElapsedTime(begin), TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(20));
        Assert.Contains(gateway.Events.Messages, message => message.Contains("1 requests were still running after 00:00:03 and are ended", StringComparison.Ordinal));
        Assert.False((await join).IsComplete);
    }
}
