using System.Text.Json;
using MatrixEdge.Listening;
using MatrixEdge.Observability;
using MatrixEdge.Tests.Support;
using Serilog;

namespace MatrixEdge.Tests.Observability;

public sealed class AccessLogTests
{
    [Fact]
    public async Task A_line_has_the_operation_and_nothing_that_is_private()
    {
        await using var backend = RawBackend.Answering("{\"event_id\":\"$1\"}");
        await using var gateway = await RunningGateway.StartInFrontOfAsync(backend.Port);
        await using var client = await gateway.ConnectAsync(ListenerKind.Federation);

        await RawAnswer.ExchangeAsync(client,
            "PUT /_matrix/client/v3/rooms/%21secretroom%3Aexample.com/send/m.room.message/secrettxn?access_token=secrettoken HTTP/1.1\r\n"
            + "Host: example.com\r\nAuthorization: Bearer secretbearer\r\nContent-Length: 12\r\n\r\n{\"body\":\"x\"}");
        var line = await gateway.Events.WaitForAsync("PUT /_matrix/client/v3/rooms/{roomId}/send/{eventType}/{txnId}");

        Assert.Matches(@"^Information PUT /_matrix/client/v3/rooms/\{roomId\}/send/\{eventType\}/\{txnId\} 200 17 B [0-9.]+ ms Federation 127\.0\.0\.1$", line);
        Assert.DoesNotContain(gateway.Events.All, entry => Everything(entry).Contains("secret", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_answer_whose_length_nobody_said_before_has_its_bytes_in_it()
    {
        await using var backend = new RawBackend((_, connection) => connection.SendAsync("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n7\r\n, world\r\n0\r\n\r\n"));
        await using var gateway = await RunningGateway.StartInFrontOfAsync(backend.Port);
        await using var client = await gateway.ConnectAsync();

        var answer = await RawAnswer.ExchangeAsync(client, "GET /_matrix/client/v3/sync HTTP/1.1\r\nHost: example.com\r\n\r\n");

        Assert.Equal("hello, world", answer.Text);
        await gateway.Events.WaitForAsync("GET /_matrix/client/v3/sync 200 12 B ");
    }

    [Fact]
    public async Task The_gateways_own_answers_say_why()
    {
        await using var gateway = await RunningGateway.StartInFrontOfAsync(1);
        await using var client = await gateway.ConnectAsync();

        await RawAnswer.ExchangeAsync(client, "GET /_matrix/client/v3/sync HTTP/1.1\r\nHost: example.com\r\n\r\n");
        await RawAnswer.ExchangeAsync(client, "GET /_matrix/client/v3/sync HTTP/1.1\r\nHost: example.org\r\n\r\n");
        await RawAnswer.ExchangeAsync(client, "GET /_matrix/../x HTTP/1.1\r\nHost: example.com\r\n\r\n");

        Assert.Matches(@"GET /_matrix/client/v3/sync 502 106 B [0-9.]+ ms Https 127\.0\.0\.1: the homeserver could not be reached or gave no HTTP answer: Connection refused", await gateway.Events.WaitForAsync(" 502 "));
        Assert.EndsWith(": no site has this host", await gateway.Events.WaitForAsync(" 421 "), StringComparison.Ordinal);
        Assert.EndsWith(": the path has dot segments, empty segments or backslashes", await gateway.Events.WaitForAsync(" 400 "), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Port_80_is_in_it()
    {
        await using var gateway = await RunningGateway.StartInFrontOfAsync(1);
        using var client = new System.Net.Sockets.TcpClient();
        await client.ConnectAsync(gateway.EndPoints(ListenerKind.Http)[0]);

        await RawAnswer.ExchangeAsync(client.GetStream(), "GET /_matrix/client/versions HTTP/1.1\r\nHost: example.com\r\n\r\n");

        await gateway.Events.WaitForAsync("GET /_matrix/client/versions 301 0 B");
    }

    [Fact]
    public void An_event_is_one_line_of_JSON()
    {
        var events = new LogEvents();
        using (var log = new LoggerConfiguration().WriteTo.Sink(events).CreateLogger())
            log.Error(new InvalidOperationException("It broke"), "Renewed {Name} in {Milliseconds} ms\nreally", "\"x\"", 1.5);

        using var writer = new StringWriter();
        new JsonLines().Format(events.All[0], writer);

        var line = writer.ToString();
        Assert.Single(line.TrimEnd('\n').Split('\n'));
        var json = JsonSerializer.Deserialize<JsonElement>(line);
        Assert.Equal("Error", json.GetProperty("level").GetString());
        Assert.Equal("Renewed \"x\" in 1.5 ms\nreally", json.GetProperty("message").GetString());
        Assert.Equal(1.5, json.GetProperty("Milliseconds").GetDouble());
        Assert.Contains("It broke", json.GetProperty("exception").GetString(), StringComparison.Ordinal);
        Assert.EndsWith("Z", json.GetProperty("time").GetString(), StringComparison.Ordinal);
    }

    private static string Everything(Serilog.Events.LogEvent entry) =>
        entry.MessageTemplate.Text + entry.Exception + string.Join(' ', entry.Properties.Select(property => property.Value.ToString()));
}
