using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Text.Unicode;
using MatrixEdge.Listening;

namespace MatrixEdge.Observability;

/// <summary>
/// Writes the lines of the access log past Serilog, byte for byte as <see cref="JsonLines"/> writes what <see cref="AccessEvents"/>
/// tells, and allocates nothing for it: of all that is logged they are nearly all.
/// </summary>
internal sealed class AccessLines(LogOutput output) : IAccessWriter
{
    // What stands around the texts, with the numbers at their longest.
    private const int MostAround = 512;

    // A character that is escaped, as \u001F; of the others none takes more than three bytes.
    private const int MostPerCharacter = 6;

    // "2026-11-21T21:17:00.123", of what has four digits more.
    private const int TimeLength = 23;

    // What Serilog's JsonValueFormatter escapes.
    private static readonly SearchValues<char> Escaped = SearchValues.Create([.. Enumerable.Range(0, ' ').Select(code => (char)code), '"', '\\']);

    public bool MayWait => false;

    public void Write(in AccessEntry entry)
    {
        // All texts stand there twice: in the message, and by name.
        var line = ArrayPool<byte>.Shared.Rent(MostAround + (2 * MostPerCharacter * (entry.Operation.Length + entry.Client.Length + (entry.Reason?.Length ?? 0))));
        output.Append(line.AsSpan(0, Format(entry, line)), isAccess: true);
        ArrayPool<byte>.Shared.Return(line);
    }

    private static int Format(in AccessEntry entry, Span<byte> line)
    {
        var rest = line;
        Put(ref rest, "{\"time\":\""u8);
        PutTime(ref rest, entry.At);
        Put(ref rest, "Z\",\"level\":\"Information\",\"message\":\""u8);
        PutText(ref rest, entry.Operation);
        Put(ref rest, " "u8);
        PutNumber(ref rest, entry.Status);
        Put(ref rest, " "u8);
        PutNumber(ref rest, entry.Bytes);
        Put(ref rest, " B "u8);
        PutNumber(ref rest, entry.Milliseconds);
        Put(ref rest, " ms "u8);
        Put(ref rest, NameOf(entry.Listener));
        Put(ref rest, " "u8);
        PutText(ref rest, entry.Client);
        if (entry.Reason is not null)
        {
            Put(ref rest, ": "u8);
            PutText(ref rest, entry.Reason);
        }

        Put(ref rest, "\",\"source\":\"MatrixEdge.Access\",\"Operation\":\""u8);
        PutText(ref rest, entry.Operation);
        Put(ref rest, "\",\"Status\":"u8);
        PutNumber(ref rest, entry.Status);
        Put(ref rest, ",\"Bytes\":"u8);
        PutNumber(ref rest, entry.Bytes);
        Put(ref rest, ",\"Milliseconds\":"u8);
        PutNumber(ref rest, entry.Milliseconds);
        Put(ref rest, ",\"Listener\":\""u8);
        Put(ref rest, NameOf(entry.Listener));
        Put(ref rest, "\",\"Client\":\""u8);
        PutText(ref rest, entry.Client);
        if (entry.Reason is not null)
        {
            Put(ref rest, "\",\"Reason\":\""u8);
            PutText(ref rest, entry.Reason);
        }

        Put(ref rest, "\"}\n"u8);
        return line.Length - rest.Length;
    }

    private static void Put(ref Span<byte> rest, ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(rest);
        rest = rest[bytes.Length..];
    }

    private static void PutTime(ref Span<byte> rest, DateTimeOffset at)
    {
        // Cut, not rounded, as the format "fff" does.
        Utf8Formatter.TryFormat(at.UtcDateTime, rest, out _, 'O');
        rest = rest[TimeLength..];
    }

    private static void PutNumber<T>(ref Span<byte> rest, T number)
        where T : IUtf8SpanFormattable
    {
        number.TryFormat(rest, out var length, default, CultureInfo.InvariantCulture);
        rest = rest[length..];
    }

    private static void PutText(ref Span<byte> rest, ReadOnlySpan<char> text)
    {
        while (true)
        {
            var next = text.IndexOfAny(Escaped);
            Utf8.FromUtf16(next < 0 ? text : text[..next], rest, out _, out var length);
            rest = rest[length..];
            if (next < 0)
                return;

            PutEscaped(ref rest, text[next]);
            text = text[(next + 1)..];
        }
    }

    private static void PutEscaped(ref Span<byte> rest, char character)
    {
        switch (character)
        {
            case '"':
                Put(ref rest, "\\\""u8);
                break;
            case '\\':
                Put(ref rest, "\\\\"u8);
                break;
            case '\n':
                Put(ref rest, "\\n"u8);
                break;
            case '\r':
                Put(ref rest, "\\r"u8);
                break;
            case '\f':
                Put(ref rest, "\\f"u8);
                break;
            case '\t':
                Put(ref rest, "\\t"u8);
                break;
            default:
                Put(ref rest, "\\u"u8);
                ((int)character).TryFormat(rest, out var length, "X4", CultureInfo.InvariantCulture);
                rest = rest[length..];
                break;
        }
    }

    private static ReadOnlySpan<byte> NameOf(ListenerKind listener) => listener switch
    {
        ListenerKind.Http => "Http"u8,
        ListenerKind.Https => "Https"u8,
        ListenerKind.Federation => "Federation"u8,
        _ => "Admin"u8,
    };
}
