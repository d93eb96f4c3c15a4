using System.Text;
using MatrixEdge.Listening;
using MatrixEdge.Observability;
using MatrixEdge.Tests.Support;
using Serilog;
using Serilog.Extensions.Logging;

namespace MatrixEdge.Tests.Observability;

public sealed class AccessLinesTests
{
    private static readonly AccessEntry Usual = new(
        DateTimeOffset.UnixEpoch, "GET /_matrix/client/v3/rooms/{roomId}/members", 200, 5120, 47.4, ListenerKind.Https, "203.0.113.7", null);

    private static readonly string[] Texts =
    [
        "", "GET /_matrix/*", "2001:db8::7", "Straße 東京 🦊", "\"quoted\" and \\escaped\\", "a line\r\nand\tanother\f", "\0\u0001\b\v\u001b[31m\u001f", "\u007f\u0080\u2028\u2029\ufeff\uffff",
        "half \ud83e", "\udd8a half", "\ud83e\"\udd8a", "{Operation} {{x}} %s </script> & ' +", new string('x', 5000), string.Concat(Enumerable.Repeat("\u0000\"東\ud83e", 2000)),
    ];

    private static readonly double[] Durations = [0, 0.1, 0.5, 1, 47.4, 1000.1, 123456.7, 86_400_000, 4.35, 1e15, 922337203685477.6];

    [Fact]
    public void They_are_byte_for_byte_what_Serilog_writes_of_the_same_events()
    {
        var entries = Texts.Select(text => Usual with { Operation = text })
            .Concat(Texts.Select(text => Usual with { Client = text }))
            .Concat(Texts.Select(text => Usual with { Reason = text }))
            .Concat(Texts.Select(text => Usual with { Operation = text, Client = text, Reason = text }))
            .Concat(Durations.Select(milliseconds => Usual with { Milliseconds = milliseconds }))
            .Concat(Enum.GetValues<ListenerKind>().Select(listener => Usual with { Listener = listener, Reason = "none" }))
            .Concat(new[] { 0, 1, 304, 499, 599, 999 }.Select(status => Usual with { Status = status }))
            .Concat(new[] { 0, 1, 1_000_000, long.MaxValue }.Select(bytes => Usual with { Bytes = bytes }))
            .ToList();

        Assert.All(entries, entry =>
        {
            var (told, at) = BySerilog(entry);
            Assert.Equal(told, Written(entry with { At = at }));
        });
    }

    [Theory]
    [InlineData("2026-01-02T03:04:05.0000000+00:00", "2026-01-02T03:04:05.000Z")]
    [InlineData("2026-12-31T23:59:59.9999999+00:00", "2026-12-31T23:59:59.999Z")]
    [InlineData("2026-03-29T01:30:00.0456789+02:00", "2026-03-28T23:30:00.045Z")]
    [InlineData("9999-12-31T23:59:59.9999999+00:00", "9999-12-31T23:59:59.999Z")]
    public void Their_time_is_UTC_and_cut_after_the_milliseconds(string at, string expected) =>
        Assert.StartsWith($"{{\"time\":\"{expected}\",", Written(Usual with { At = DateTimeOffset.Parse(at, null) }), StringComparison.Ordinal);

    [Fact]
    public void Nothing_is_allocated_for_them()
    {
        using var output = new LogOutput(Stream.Null, TimeSpan.FromSeconds(30));
        var lines = new AccessLines(output);

        Assert.Equal(0, Allocations.Of(() =>
        {
            for (var i = 0; i < 100; i++)
                lines.Write(Usual with { Reason = "the client went away" });
        }));
    }

    private static (string Line, DateTimeOffset At) BySerilog(AccessEntry entry)
    {
        var events = new LogEvents();
        using var log = new LoggerConfiguration().WriteTo.Sink(events).CreateLogger();
        using var loggers = new SerilogLoggerFactory(log);
        new AccessEvents(loggers.CreateLogger(AccessLog.Category)).Write(entry);

        using var line = new StringWriter();
        new JsonLines().Format(Assert.Single(events.All), line);
        return (Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(line.ToString())), events.All[0].Timestamp);
    }

    private static string Written(AccessEntry entry)
    {
        using var written = new MemoryStream();
        using (var output = new LogOutput(written, TimeSpan.FromSeconds(30)))
            new AccessLines(output).Write(entry);
        return Encoding.UTF8.GetString(written.ToArray());
    }
}
