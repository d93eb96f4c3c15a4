using System.Collections.Immutable;
using System.Globalization;
using System.Text;

namespace MatrixEdge.Tests.Doctor;

/// <summary>What a server of the test's world answers.</summary>
internal sealed record Reply(int Status, string Body)
{
    public ImmutableArray<(string Name, string Value)> Headers { get; init; } = [];

    /// <summary>In place of all else: what is written on the connection, byte for byte.</summary>
    public Func<Stream, CancellationToken, Task>? Raw { get; init; }

    /// <summary>How far the server's clock is ahead.</summary>
    public TimeSpan ClockAhead { get; init; }

    /// <summary>Matrix client-server §Web Browser Clients.</summary>
    public static ImmutableArray<(string, string)> Cors { get; } =
    [
        ("Access-Control-Allow-Origin", "*"),
        ("Access-Control-Allow-Methods", "GET, HEAD, POST, PUT, DELETE, OPTIONS"),
        ("Access-Control-Allow-Headers", "Origin, X-Requested-With, Content-Type, Accept, Authorization, Date"),
    ];

    /// <summary>The whole connection is taken, and nothing comes.</summary>
    public static Reply Never { get; } = new Reply(0, "") { Raw = (_, stop) => Task.Delay(Timeout.Infinite, stop) };

    public static Reply Json(string body, int status = 200) => new Reply(status, body) { Headers = [("Content-Type", "application/json"), .. Cors] };

    public static Reply Html(string body = "<!DOCTYPE html><html><body>Welcome to our website</body></html>", int status = 200) =>
        new Reply(status, body) { Headers = [("Content-Type", "text/html; charset=utf-8")] };

    public static Reply Error(int status, string code) => Json($$"""{"errcode":"{{code}}","error":"No, sorry"}""", status);

    public static Reply Redirect(string location, int status = 302) => new Reply(status, "") { Headers = [("Location", location), .. Cors] };

    public Reply With(string header, string value) => this with { Headers = Headers.Add((header, value)) };

    public Reply Without(string header) => this with { Headers = Headers.RemoveAll(pair => pair.Name.Equals(header, StringComparison.OrdinalIgnoreCase)) };

    /// <summary>Without what lets a page of another origin read it.</summary>
    public Reply WithoutCors() => this with { Headers = Headers.RemoveAll(pair => pair.Name.StartsWith("Access-Control-", StringComparison.OrdinalIgnoreCase)) };

    public async Task SendAsync(Stream stream, DateTimeOffset now, CancellationToken stop)
    {
        if (Raw is not null)
        {
            await Raw(stream, stop);
            return;
        }

        var body = Encoding.UTF8.GetBytes(Body);
        var head = new StringBuilder().Append(CultureInfo.InvariantCulture, $"HTTP/1.1 {Status} Status\r\n");
        if (!Headers.Any(pair => pair.Name == "Date"))
            head.Append(CultureInfo.InvariantCulture, $"Date: {now + ClockAhead:R}\r\n");
        foreach (var (name, value) in Headers)
            head.Append(CultureInfo.InvariantCulture, $"{name}: {value}\r\n");
        // One request for each connection: a proxy must not send the next by the same.
        if (!Headers.Any(pair => pair.Name == "Connection"))
            head.Append("Connection: close\r\n");
        if (Status is not 204)
            head.Append(CultureInfo.InvariantCulture, $"Content-Length: {body.Length}\r\n");
        await stream.WriteAsync((byte[])[.. Encoding.Latin1.GetBytes(head.Append("\r\n").ToString()), .. body], stop);
    }
}
