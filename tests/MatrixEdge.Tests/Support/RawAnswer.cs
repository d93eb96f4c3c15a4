using System.Globalization;
using System.Text;

namespace MatrixEdge.Tests.Support;

/// <summary>An HTTP/1.1 answer read off a stream, byte for byte.</summary>
internal sealed record RawAnswer(int Status, string Head, byte[] Body, bool IsComplete)
{
    public string Text => Encoding.UTF8.GetString(Body);

    public IReadOnlyList<string> Header(string name) =>
        [.. Head.Split("\r\n").Skip(1).Where(line => line.StartsWith(name + ":", StringComparison.OrdinalIgnoreCase)).Select(line => line[(name.Length + 1)..].Trim())];

    public static async Task<RawAnswer> ExchangeAsync(Stream stream, string request, bool isHead = false)
    {
        await stream.WriteAsync(Encoding.Latin1.GetBytes(request));
        return await ReadAsync(stream, isHead);
    }

    public static async Task<RawAnswer> ReadAsync(Stream stream, bool isHead = false)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        var head = new StringBuilder();
        var one = new byte[1];
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            if (await ReadAsync(stream, one, limit.Token) == 0)
                return new RawAnswer(0, head.ToString(), [], IsComplete: false);
            head.Append((char)one[0]);
        }

        var answer = new RawAnswer(int.Parse(head.ToString().Split(' ')[1], CultureInfo.InvariantCulture), head.ToString().TrimEnd(), [], IsComplete: true);
        if (isHead || answer.Status is 204 or 304 || answer.Status < 200)
            return answer;

        using var body = new MemoryStream();
        if (answer.Header("Content-Length") is [var length])
        {
            var complete = await CopyAsync(stream, body, int.Parse(length, CultureInfo.InvariantCulture), limit.Token);
            return answer with { Body = body.ToArray(), IsComplete = complete };
        }

        while (true)
        {
            var line = new StringBuilder();
            while (!line.ToString().EndsWith("\r\n", StringComparison.Ordinal))
            {
                if (await ReadAsync(stream, one, limit.Token) == 0)
                    return answer with { Body = body.ToArray(), IsComplete = false };
                line.Append((char)one[0]);
            }

            var size = int.Parse(line.ToString().Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            if (!await CopyAsync(stream, body, size, limit.Token))
                return answer with { Body = body.ToArray(), IsComplete = false };
            if (size == 0)
            {
                // Trailers, then an empty line.
                var trailers = new StringBuilder("\r\n");
                while (!trailers.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
                {
                    if (await ReadAsync(stream, one, limit.Token) == 0)
                        return answer with { Body = body.ToArray(), IsComplete = false };
                    trailers.Append((char)one[0]);
                }

                return answer with { Head = answer.Head + trailers.ToString().TrimEnd(), Body = body.ToArray() };
            }

            await CopyAsync(stream, Stream.Null, 2, limit.Token);
        }
    }

    // A reset is an end, too.
    private static async Task<int> ReadAsync(Stream stream, Memory<byte> into, CancellationToken stop)
    {
        try
        {
            return await stream.ReadAsync(into, stop);
        }
        catch (IOException)
        {
            return 0;
        }
    }

    private static async Task<bool> CopyAsync(Stream from, Stream to, int length, CancellationToken stop)
    {
        var buffer = new byte[64 * 1024];
        while (length > 0)
        {
            var read = await ReadAsync(from, buffer.AsMemory(0, Math.Min(length, buffer.Length)), stop);
            if (read == 0)
                return false;
            await to.WriteAsync(buffer.AsMemory(0, read), stop);
            length -= read;
        }

        return true;
    }
}
