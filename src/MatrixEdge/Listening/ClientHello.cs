using System.Buffers;
using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.IO.Pipelines;
using System.Net.Sockets;
using System.Text;

namespace MatrixEdge.Listening;

/// <summary>The two things of a ClientHello (RFC 8446 §4.1.2) that tell a tls-alpn-01 validation from anything else.</summary>
/// <param name="ServerName">The host name of the <c>server_name</c> extension, as sent (RFC 6066 §3); null without one.</param>
/// <param name="OnlyProtocol">The protocol of the ALPN extension when it names exactly one (RFC 7301 §3.1); else null.</param>
internal sealed record ClientHello(string? ServerName, string? OnlyProtocol)
{
    /// <summary>In bytes on the wire: one that does not end by then is not looked at. Real ones stay below 2 KiB, with post-quantum keys.</summary>
    public const int Longest = 16 * 1024;

    private const int RecordHeader = 5;
    private const int MessageHeader = 4;
    private const int LongestRecord = 1 << 14;

    /// <summary>What the first bytes of a connection are.</summary>
    internal enum Outcome
    {
        /// <summary>As far as it goes it could be a ClientHello; ask again with more.</summary>
        NeedMore,

        /// <summary>Something else, malformed, or too long. More bytes would not change that.</summary>
        NotTls,

        /// <summary>A whole one; what comes behind it is not looked at.</summary>
        Hello,
    }

    /// <summary>
    /// Reads a ClientHello that may be spread over records (RFC 8446 §5.1) and over segments of memory. Changes nothing, never
    /// throws, and answers for the same bytes the same, however they are spread.
    /// </summary>
    public static Outcome Read(in ReadOnlySequence<byte> bytes, out ClientHello? hello)
    {
        hello = null;
        var buffer = ArrayPool<byte>.Shared.Rent(Longest);
        try
        {
            var isLong = bytes.Length >= Longest;
            var outcome = Collect(new SequenceReader<byte>(isLong ? bytes.Slice(0, Longest) : bytes), buffer, out var length);
            if (outcome != Outcome.Hello)
                return isLong ? Outcome.NotTls : outcome;

            return TryParse(buffer.AsSpan(MessageHeader, length - MessageHeader), out hello) ? Outcome.Hello : Outcome.NotTls;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Waits for the ClientHello that a connection begins with, and leaves every byte to the next reader, who gets all of it at once.</summary>
    /// <returns>Undecided when the client went away, or took longer than it may; decided without a hello when it is something else.</returns>
    public static async ValueTask<(bool IsDecided, ClientHello? Hello)> PeekAsync(PipeReader input, CancellationToken limit)
    {
        var examined = 0L;
        try
        {
            while (true)
            {
                var read = await input.ReadAsync(limit);
                var outcome = Read(read.Buffer, out var hello);
                if (outcome == Outcome.NeedMore && !read.IsCompleted)
                {
                    examined = read.Buffer.Length;
                    input.AdvanceTo(read.Buffer.Start, read.Buffer.End);
                    continue;
                }

                // Nothing is consumed, and no more called examined than was before.
                input.AdvanceTo(read.Buffer.Start, read.Buffer.GetPosition(examined));
                return (true, hello);
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or IOException or SocketException or ObjectDisposedException)
        {
            return (false, null);
        }
    }

    // The fragments of the first handshake message, one behind the other.
    private static Outcome Collect(SequenceReader<byte> reader, Span<byte> message, out int length)
    {
        length = 0;
        Span<byte> header = stackalloc byte[RecordHeader];
        while (true)
        {
            var seen = header[..(int)Math.Min(RecordHeader, reader.Remaining)];
            reader.TryCopyTo(seen);
            if ((seen.Length > 0 && seen[0] != 22) || (seen.Length > 1 && seen[1] != 3)) // handshake, TLS
                return Outcome.NotTls;
            if (seen.Length < RecordHeader)
                return Outcome.NeedMore;

            var record = BinaryPrimitives.ReadUInt16BigEndian(header[3..]);
            if (record is 0 or > LongestRecord)
                return Outcome.NotTls;

            reader.Advance(RecordHeader);
            var fragment = (int)Math.Min(Math.Min(record, reader.Remaining), message.Length - length);
            reader.TryCopyTo(message.Slice(length, fragment));
            length += fragment;
            if (length > 0 && message[0] != 1) // client_hello
                return Outcome.NotTls;
            if (length >= MessageHeader)
            {
                var whole = MessageHeader + ReadUInt24(message[1..]);
                if (whole > Longest)
                    return Outcome.NotTls;
                if (length >= whole)
                {
                    length = whole;
                    return Outcome.Hello;
                }
            }

            if (reader.Remaining < record)
                return Outcome.NeedMore;
            reader.Advance(record);
        }
    }

    private static bool TryParse(ReadOnlySpan<byte> body, [NotNullWhen(true)] out ClientHello? hello)
    {
        hello = null;
        string? serverName = null;
        string? onlyProtocol = null;
        if (!TryTake(ref body, 2 + 32, out _) // legacy_version, random
            || !TryTakeVector8(ref body, out _) // legacy_session_id
            || !TryTakeVector16(ref body, out _) // cipher_suites
            || !TryTakeVector8(ref body, out _)) // legacy_compression_methods
        {
            return false;
        }

        // Before TLS 1.3 a hello could do without extensions.
        ReadOnlySpan<byte> extensions = default;
        if (!body.IsEmpty && (!TryTakeVector16(ref body, out extensions) || !body.IsEmpty))
            return false;

        bool hasServerName = false, hasProtocols = false;
        while (!extensions.IsEmpty)
        {
            if (!TryTake(ref extensions, 2, out var type) || !TryTakeVector16(ref extensions, out var content))
                return false;

            switch (BinaryPrimitives.ReadUInt16BigEndian(type))
            {
                // Two of a kind are forbidden (RFC 8446 §4.2): which one counts would be anybody's guess.
                case 0 when hasServerName || !TryReadServerName(content, out serverName):
                case 16 when hasProtocols || !TryReadProtocols(content, out onlyProtocol):
                    return false;
                case 0:
                    hasServerName = true;
                    break;
                case 16:
                    hasProtocols = true;
                    break;
            }
        }

        hello = new ClientHello(serverName, onlyProtocol);
        return true;
    }

    // RFC 6066 §3: a list of which only host names were ever defined, one at most.
    private static bool TryReadServerName(ReadOnlySpan<byte> content, out string? serverName)
    {
        serverName = null;
        if (!TryTakeVector16(ref content, out var list) || !content.IsEmpty || list.IsEmpty)
            return false;

        while (!list.IsEmpty)
        {
            if (!TryTake(ref list, 1, out var type) || !TryTakeVector16(ref list, out var name))
                return false;
            if (type[0] != 0)
                continue;
            if (serverName is not null || name.Length is 0 or > 255 || name.ContainsAnyExceptInRange((byte)'!', (byte)'~'))
                return false;
            serverName = Encoding.ASCII.GetString(name);
        }

        return true;
    }

    // RFC 7301 §3.1: one or more, none of them empty.
    private static bool TryReadProtocols(ReadOnlySpan<byte> content, out string? onlyProtocol)
    {
        onlyProtocol = null;
        if (!TryTakeVector16(ref content, out var list) || !content.IsEmpty || list.IsEmpty)
            return false;

        for (var count = 0; !list.IsEmpty; count++)
        {
            if (!TryTakeVector8(ref list, out var protocol) || protocol.IsEmpty)
                return false;
            onlyProtocol = count == 0 && list.IsEmpty ? Encoding.Latin1.GetString(protocol) : null;
        }

        return true;
    }

    private static bool TryTake(scoped ref ReadOnlySpan<byte> rest, int length, out ReadOnlySpan<byte> taken)
    {
        if (rest.Length < length)
        {
            taken = default;
            return false;
        }

        taken = rest[..length];
        rest = rest[length..];
        return true;
    }

    private static bool TryTakeVector8(scoped ref ReadOnlySpan<byte> rest, out ReadOnlySpan<byte> content)
    {
        content = default;
        return TryTake(ref rest, 1, out var length) && TryTake(ref rest, length[0], out content);
    }

    private static bool TryTakeVector16(scoped ref ReadOnlySpan<byte> rest, out ReadOnlySpan<byte> content)
    {
        content = default;
        return TryTake(ref rest, 2, out var length) && TryTake(ref rest, BinaryPrimitives.ReadUInt16BigEndian(length), out content);
    }

    private static int ReadUInt24(ReadOnlySpan<byte> bytes) => (bytes[0] << 16) | (bytes[1] << 8) | bytes[2];
}
