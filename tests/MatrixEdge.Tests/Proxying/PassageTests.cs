using System.Net;
using System.Text;
using MatrixEdge.Tests.Support;

namespace MatrixEdge.Tests.Proxying;

/// <summary>How requests use the connections to the homeserver, and where answers end: nobody gets what was meant for another.</summary>
public sealed class PassageTests
{
    private const string Get = "GET /_matrix/client/v3/account/whoami HTTP/1.1\r\nHost: matrix.example.com\r\n\r\n";
    private const string Well = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

    [Fact]
    public async Task A_connection_serves_one_request_after_the_other()
    {
        await using var backend = RawBackend.Answering();
        await using var gateway = await RunningGateway.StartInFrontOfAsync(backend.Port);
        await using var client = await gateway.ConnectAsync();

        await RawAnswer.ExchangeAsync(client, Get);
        var before = backend.Connections;
        for (var i = 0; i < 20; i++)
            Assert.Equal(200, (await RawAnswer.ExchangeAsync(client, Get)).Status);

        Assert.Equal(before, backend.Connections);
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok")]
    [InlineData("HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil")]
    [InlineData("HTTP/1.1 204 No Content\r\nContent-Length: 60\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil")]
    [InlineData("HTTP/1.1 205 Reset Content\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n")]
    public async Task A_connection_whose_state_is_in_doubt_serves_nobody_else(string sent)
    {
        await using var backend = new RawBackend((_, connection) => connection.SendAsync(sent));
        await using var gateway = await RunningGateway.StartInFrontOfAsync(backend.Port);
        await using var client = await gateway.ConnectAsync();

        for (var i = 0; i < 5; i++)
        {
            var before = backend.Connections;
            var answer = await RawAnswer.ExchangeAsync(client, Get);

            Assert.True(answer.Text is "ok" or "", answer.Text);
            Assert.True(backend.Connections > before);
        }
    }

    [Fact]
    public async Task A_connection_that_the_homeserver_ended_while_idle_loses_no_request()
    {
        await using var backend = new RawBackend(async (_, connection) =>
        {
            await connection.SendAsync(Well);
            await connection.DisposeAsync();
        });
        await using var gateway = await RunningGateway.StartInFrontOfAsync(backend.Port);
        await using var client = await gateway.ConnectAsync();

        for (var i = 0; i < 50; i++)
            Assert.Equal("ok", (await RawAnswer.ExchangeAsync(client, Get)).Text);
    }

    // The second request is read and not answered: had it a body, nobody could know whether it was done.
    [Theory]
    [InlineData("GET", "", 200)]
    [InlineData("DELETE", "", 200)]
    [InlineData("POST", "Content-Length: 0\r\n", 502)]
    [InlineData("PUT", "Content-Length: 2\r\n", 502)]
    public async Task A_request_is_sent_twice_only_where_that_does_no_harm(string method, string headers, int status)
    {
        var requests = 0;
        await using var backend = new RawBackend(async (request, connection) =>
        {
            if (!request.IsGatewaysOwn && Interlocked.Increment(ref requests) == 2)
                connection.Reset();
            else
                await connection.SendAsync(Well);
        });
        await using var gateway = await RunningGateway.StartInFrontOfAsync(backend.Port);
        await using var client = await gateway.ConnectAsync();
        await RawAnswer.ExchangeAsync(client, Get);

        var answer = await RawAnswer.ExchangeAsync(
            client, $"{method} /_matrix/client/v3/x HTTP/1.1\r\nHost: example.com\r\n{headers}\r\n{(headers.Contains('2', StringComparison.Ordinal) ? "{}" : "")}");

        Assert.Equal(status, answer.Status);
        Assert.Equal(status == 200 ? 3 : 2, requests);
    }

    [Fact]
    public async Task What_goes_before_an_answer_is_not_taken_for_it()
    {
        await using var backend = new RawBackend((_, connection) => connection.SendAsync(
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" + Well));
        await using var gateway = await RunningGateway.StartInFrontOfAsync(backend.Port);
        await using var client = await gateway.ConnectAsync();

        var answer = await RawAnswer.ExchangeAsync(client, Get);

        Assert.Equal((200, "ok"), (answer.Status, answer.Text));
        Assert.Empty(answer.Header("Link"));
    }

    [Theory]
    [InlineData("HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 2, 2\r\n\r\nok")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n")]
    public async Task An_answer_that_nobody_can_be_sure_of_is_a_502(string sent)
    {
        await using var backend = new RawBackend((_, connection) => connection.SendAsync(sent));
        await using var gateway = await RunningGateway.StartInFrontOfAsync(backend.Port);
        await using var client = await gateway.ConnectAsync();

        Assert.Equal(502, (await RawAnswer.ExchangeAsync(client, Get)).Status);
    }

    [Theory]
    [InlineData("-2\r\nok\r\n0\r\n\r\n")]
    [InlineData("0x2\r\nok\r\n0\r\n\r\n")]
    [InlineData("2 2\nok\r\n0\r\n\r\n")]
    [InlineData("2\r\nok!\r\n0\r\n\r\n")]
    [InlineData("fffffffffffffffff\r\nok\r\n0\r\n\r\n")]
    [InlineData("\r\nok\r\n0\r\n\r\n")]
    [InlineData("2\r\nok\r\n0\r\nno trailer\r\n\r\n")]
    public async Task Chunks_that_are_none_end_the_answer(string chunks)
    {
        await using var backend = new RawBackend(async (_, connection) =>
        {
            await connection.SendAsync("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks);
            await connection.WaitForCloseAsync();
        });
        await using var gateway = await RunningGateway.StartInFrontOfAsync(backend.Port);
        await using var client = await gateway.ConnectAsync();

        var answer = await RawAnswer.ExchangeAsync(client, Get);

        Assert.True(!answer.IsComplete || answer.Status == 502, answer.Head + answer.Text);
    }

    [Fact]
    public async Task Chunks_arrive_whatever_their_size_and_wherever_they_are_cut()
    {
        var random = new Random(7);
        var expected = new MemoryStream();
        var wire = new MemoryStream();
        foreach (var size in new[] { 1, 2, 15, 16, 4095, 4096, 4097, 10_000, 70_000, 1, 200_000 })
        {
            var piece = new byte[size];
            random.NextBytes(piece);
            expected.Write(piece);
            wire.Write(Encoding.ASCII.GetBytes($"{size:X4};name=\"value\"\r\n"));
            wire.Write(piece);
            wire.Write("\r\n"u8);
        }

        wire.Write("000\r\nX-Sum: 1\r\n\r\n"u8);
        await using var backend = new RawBackend(async (_, connection) =>
        {
            await connection.SendAsync("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
            var bytes = wire.ToArray();
            for (var sent = 0; sent < bytes.Length;)
            {
                var next = Math.Min(bytes.Length - sent, random.Next(1, random.Next(2, 9000)));
                await connection.SendAsync(bytes[sent..(sent + next)]);
                sent += next;
                if (random.Next(8) == 0)
                    await Task.Yield();
            }
        });
        await using var gateway = await RunningGateway.StartInFrontOfAsync(backend.Port);
        await using var client = await gateway.ConnectAsync();

        for (var i = 0; i < 3; i++)
        {
            var answer = await RawAnswer.ExchangeAsync(client, Get);

            Assert.True(answer.IsComplete && expected.ToArray().AsSpan().SequenceEqual(answer.Body));
        }
    }

    [Theory]
    [InlineData(5)]
    [InlineData(5_000)]
    [InlineData(100_000)]
    public async Task A_body_without_length_ends_with_its_connection(int length)
    {
        await using var backend = new RawBackend(async (_, connection) =>
        {
            await connection.SendAsync("HTTP/1.1 200 OK\r\n\r\n" + new string('x', length));
            await connection.DisposeAsync();
        });
        await using var gateway = await RunningGateway.StartInFrontOfAsync(backend.Port);
        await using var client = await gateway.ConnectAsync();

        var answer = await RawAnswer.ExchangeAsync(client, Get);

        Assert.Equal((200, length, true), (answer.Status, answer.Body.Length, answer.IsComplete));
    }

    [Theory]
    [InlineData("HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n", 200, "1000")]
    [InlineData("GET", "HTTP/1.1 304 Not Modified\r\nContent-Length: 1000\r\nETag: \"x\"\r\n\r\n", 304, "1000")]
    [InlineData("GET", "HTTP/1.1 204 No Content\r\n\r\n", 204, null)]
    public async Task Answers_without_a_body_wait_for_none(string method, string sent, int status, string? length)
    {
        await using var backend = new RawBackend((_, connection) => connection.SendAsync(sent));
        await using var gateway = await RunningGateway.StartInFrontOfAsync(backend.Port);
        await using var client = await gateway.ConnectAsync();

        for (var i = 0; i < 3; i++)
        {
            var answer = await RawAnswer.ExchangeAsync(client, Get.Replace("GET", method, StringComparison.Ordinal), isHead: method == "HEAD");

            Assert.Equal(status, answer.Status);
            Assert.Equal(length is null ? [] : [length], answer.Header("Content-Length"));
        }

        Assert.Equal(1, backend.Connections - ConnectionsOfTheGateway);
    }

    [Fact]
    public async Task A_body_is_sent_when_the_homeserver_wants_it()
    {
        await using var backend = new RawBackend(async (request, connection) =>
        {
            var isRefused = request.Header("Authorization").Count == 0;
            await connection.SendAsync(isRefused ? "HTTP/1.1 401 Unauthorized\r\nContent-Length: 2\r\n\r\nno" : "HTTP/1.1 100 Continue\r\n\r\n");
            if (!isRefused)
            {
                for (var left = 5; left > 0;)
                    left -= await connection.ReadSomeAsync(new byte[left]);
                await connection.SendAsync(Well);
            }
        })
        { LeavesBodies = true };
        await using var gateway = await RunningGateway.StartInFrontOfAsync(backend.Port);
        const string Upload = "POST /_matrix/media/v3/upload HTTP/1.1\r\nHost: example.com\r\nExpect: 100-continue\r\nContent-Length: 5\r\n";

        await using var refused = await gateway.ConnectAsync();
        var refusal = await RawAnswer.ExchangeAsync(refused, Upload + "\r\n");
        await using var welcome = await gateway.ConnectAsync();
        await welcome.WriteAsync(Encoding.ASCII.GetBytes(Upload + "Authorization: Bearer x\r\n\r\n"));
        var interim = await RawAnswer.ReadAsync(welcome);
        var answer = await RawAnswer.ExchangeAsync(welcome, "hello");

        Assert.Equal((401, "no"), (refusal.Status, refusal.Text));
        Assert.Equal(100, interim.Status);
        Assert.Equal((200, "ok"), (answer.Status, answer.Text));
    }

    // Many at once: what goes wrong does so between two threads, not each time.
    [Fact]
    public async Task A_homeserver_that_breaks_off_before_it_said_whether_it_wants_the_body_leaves_the_web_server_in_order()
    {
        const int Uploads = 32;
        var (waiting, isSilenceOver) = (Uploads, new TaskCompletionSource());
        await using var backend = new RawBackend(async (request, connection) =>
        {
            if (!request.IsGatewaysOwn)
                await isSilenceOver.Task;
            connection.Reset();
        })
        { LeavesBodies = true };
        await using var gateway = await RunningGateway.StartInFrontOfAsync(backend.Port);

        await Task.WhenAll(Enumerable.Range(0, Uploads).Select(async i =>
        {
            await using var client = await gateway.ConnectAsync();
            var interim = await RawAnswer.ExchangeAsync(
                client, "POST /_matrix/media/v3/upload HTTP/1.1\r\nHost: example.com\r\nExpect: 100-continue\r\nContent-Length: 20000000\r\n\r\n");
            Assert.Equal(100, interim.Status); // from the gateway itself, which waits no longer
            if (Interlocked.Decrement(ref waiting) == 0)
                isSilenceOver.SetResult();
            var answering = RawAnswer.ReadAsync(client);
            for (var sent = 0; sent < i && !answering.IsCompleted; sent++)
                await client.WriteAsync(new byte[64 * 1024]);
            var answer = await answering;

            Assert.Equal(413, answer.Status);
            Assert.Contains("errcode", answer.Text, StringComparison.Ordinal);
        }));

        await gateway.StopAsync();
        Assert.DoesNotContain(gateway.Events.All, entry => entry.Level >= Serilog.Events.LogEventLevel.Error || entry.Exception is not null);
    }

    [Fact]
    public async Task An_answer_that_comes_before_the_body_is_over_arrives()
    {
        await using var backend = new RawBackend((_, connection) => connection.SendAsync("HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno")) { LeavesBodies = true };
        await using var gateway = await RunningGateway.StartInFrontOfAsync(backend.Port);
        using var client = gateway.Client(HttpVersion.Version20, trustEverything: true);
        using var endless = new StreamContent(new Endless());

        using var answer = await client.PostAsync(new Uri("https://example.com/_matrix/client/v3/x"), endless);

        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        Assert.Equal("no", await answer.Content.ReadAsStringAsync());
    }

    [Theory]
    [InlineData("Content-Length: 20000000\r\n", "")]
    [InlineData("Transfer-Encoding: chunked\r\n", "f4240\r\n")]
    public async Task An_upload_that_is_given_up_leaves_the_web_server_in_order(string framing, string before)
    {
        await using var backend = new RawBackend((_, connection) => connection.SendAsync("HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno")) { LeavesBodies = true };
        await using var gateway = await RunningGateway.StartInFrontOfAsync(backend.Port);

        for (var i = 0; i < 10; i++)
        {
            await using var client = await gateway.ConnectAsync();
            var answer = await RawAnswer.ExchangeAsync(client, $"POST /_matrix/media/v3/upload HTTP/1.1\r\nHost: example.com\r\n{framing}\r\n{before}{new string('x', 10_000 * i)}");
            Assert.Equal((403, "no"), (answer.Status, answer.Text));
        }

        await gateway.StopAsync();
        Assert.DoesNotContain(gateway.Events.All, entry => entry.Level >= Serilog.Events.LogEventLevel.Error || entry.Exception is not null);
    }

    [Theory]
    [InlineData("Content-Length: 20000000\r\n", "")]
    [InlineData("Transfer-Encoding: chunked\r\n", "1312d00\r\n")]
    public async Task An_upload_that_the_homeserver_breaks_off_leaves_the_web_server_in_order(string framing, string before)
    {
        await using var backend = new RawBackend((_, _) => Task.CompletedTask) { ReadsBodies = false };
        await using var gateway = await RunningGateway.StartInFrontOfAsync(backend.Port);
        var piece = new byte[64 * 1024];

        for (var i = 0; i < 10; i++)
        {
            await using var client = await gateway.ConnectAsync();
            await client.WriteAsync(Encoding.ASCII.GetBytes($"POST /_matrix/media/v3/upload HTTP/1.1\r\nHost: example.com\r\n{framing}\r\n{before}"));
            var answering = RawAnswer.ReadAsync(client);
            for (var sent = 0; sent < i; sent++)
            {
                await client.WriteAsync(piece);
                await Task.Delay(i);
            }

            Assert.Equal(413, (await answering).Status);
        }

        await gateway.StopAsync();
        Assert.DoesNotContain(gateway.Events.All, entry => entry.Level >= Serilog.Events.LogEventLevel.Error || entry.Exception is not null);
    }

    [Fact]
    public async Task Lines_of_one_name_stay_lines()
    {
        await using var backend = RawBackend.Answering();
        await using var gateway = await RunningGateway.StartInFrontOfAsync(backend.Port);
        await using var client = await gateway.ConnectAsync();

        await RawAnswer.ExchangeAsync(client, "GET /_matrix/client/versions HTTP/1.1\r\nHost: example.com\r\nx-ODD: 1\r\nx-ODD: 2, 3\r\n\r\n");

        Assert.Equal([("x-ODD", "1"), ("x-ODD", "2, 3")], (await backend.NextRequestAsync()).Headers.Where(header => header.Name == "x-ODD"));
    }

    [Fact]
    public async Task A_head_may_be_long_and_not_endless()
    {
        var length = 100_000;
        await using var backend = new RawBackend((_, connection) => connection.SendAsync($"HTTP/1.1 200 OK\r\nX-Long: {new string('x', length)}\r\nContent-Length: 2\r\n\r\nok"));
        await using var gateway = await RunningGateway.StartInFrontOfAsync(backend.Port);
        await using var client = await gateway.ConnectAsync();

        Assert.Equal([new string('x', length)], (await RawAnswer.ExchangeAsync(client, Get)).Header("X-Long"));
        length = 200_000;
        Assert.Equal(502, (await RawAnswer.ExchangeAsync(client, Get)).Status);
    }

    // The gateway's own questions go over a client of their own.
    private const int ConnectionsOfTheGateway = 1;

    /// <summary>A body that goes on until somebody stops reading it.</summary>
    private sealed class Endless : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override int Read(byte[] buffer, int offset, int count) => count;

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
