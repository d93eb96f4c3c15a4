using System.Buffers.Text;
using System.Net.Security;
using System.Text;

namespace MatrixEdge.Benchmarks.Clients;

/// <summary>
/// Reads small answers of HTTP/1.1 from one connection, one after the other, and as cheaply as one can: what this costs is part
/// of every latency. Answers have a Content-Length here, and none is longer than the buffer.
/// </summary>
internal sealed class AnswerReader
{
    private readonly byte[] buffer = new byte[16 * 1024];

    /// <summary>The next whole answer.</summary>
    /// <exception cref="IOException">The connection ended before that, or what came is not such an answer.</exception>
    public async ValueTask<Answer> ReadAsync(SslStream tls, CancellationToken stop)
    {
        var (filled, end) = (0, -1);
        while (end < 0 || filled < end)
        {
            Grow(ref filled, await tls.ReadAsync(buffer.AsMemory(filled), stop));
            end = EndOf(filled);
        }

        return new Answer(Status(), Encoding.Latin1.GetString(buffer, 0, HeadOf(filled)));
    }

    /// <summary>The same where the calling thread waits; gives the status alone and allocates nothing.</summary>
    public int Read(SslStream tls)
    {
        var (filled, end) = (0, -1);
        while (end < 0 || filled < end)
        {
            Grow(ref filled, tls.Read(buffer.AsSpan(filled)));
            end = EndOf(filled);
        }

        return Status();
    }

    private void Grow(ref int filled, int more)
    {
        filled += more > 0 ? more : throw new IOException("the connection was closed before the answer was whole");
        if (filled == buffer.Length)
            throw new IOException("the answer is larger than any that is expected");
    }

    // Where the answer ends; negative while that is not known.
    private int EndOf(int filled)
    {
        var head = HeadOf(filled);
        if (head < 0)
            return -1;

        var lines = buffer.AsSpan(0, head);
        for (var at = lines.IndexOf("\r\n"u8); at >= 0;)
        {
            var line = lines[(at + 2)..];
            if (Ascii.EqualsIgnoreCase(line[..Math.Min(LengthField.Length, line.Length)], LengthField)
                && Utf8Parser.TryParse(line[LengthField.Length..].TrimStart((byte)' '), out int length, out _))
            {
                return head + length;
            }

            var next = line.IndexOf("\r\n"u8);
            at = next < 0 ? -1 : at + 2 + next;
        }

        throw new IOException("the answer has no Content-Length");
    }

    private int HeadOf(int filled) => buffer.AsSpan(0, filled).IndexOf("\r\n\r\n"u8) is >= 0 and var at ? at + 4 : -1;

    // After "HTTP/1.1 ".
    private int Status() => Utf8Parser.TryParse(buffer.AsSpan(9, 3), out int status, out _) ? status : 0;

    private static ReadOnlySpan<byte> LengthField => "content-length:"u8;
}
