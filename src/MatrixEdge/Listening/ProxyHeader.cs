using System.Buffers;
using System.Buffers.Binary;
using System.Net;
using System.Text;
using MatrixEdge.Protocol;

namespace MatrixEdge.Listening;

/// <summary>
/// The first bytes of a connection that a proxy passes on: the PROXY protocol, versions 1 and 2
/// (https://www.haproxy.org/download/3.2/doc/proxy-protocol.txt, sections named below). Whatever is not exactly that is malformed.
/// </summary>
/// <param name="Length">How many bytes it takes.</param>
/// <param name="Source">
/// Who connected to the proxy; null where it names nobody: a connection of its own, or of a client without an IP address.
/// </param>
internal readonly record struct ProxyHeader(int Length, IPEndPoint? Source)
{
    /// <summary>Of version 1, with its CRLF (§2.1).</summary>
    public const int LongestLine = 107;

    /// <summary>What version 2 may announce to follow: addresses take 216 bytes at most, the rest is for additions (TLVs), which are skipped.</summary>
    public const int LongestAddition = 4096;

    private const int FixedPart = 16;

    public enum Outcome
    {
        /// <summary>It is well so far and not yet at its end.</summary>
        NeedMore,

        Complete,

        Malformed,
    }

    // §2.2
    private static ReadOnlySpan<byte> Signature => "\r\n\r\n\0\r\nQUIT\n"u8;

    private static ReadOnlySpan<byte> Word => "PROXY "u8;

    /// <summary>Reads a header from the beginning of what came so far.</summary>
    /// <param name="fault">What is wrong with a malformed one, continuing a sentence; never holds bytes of the peer's choice.</param>
    public static Outcome Read(in ReadOnlySequence<byte> bytes, out ProxyHeader header, out string? fault)
    {
        Span<byte> copy = stackalloc byte[LongestLine];
        var head = copy[..(int)Math.Min(bytes.Length, LongestLine)];
        bytes.Slice(0, head.Length).CopyTo(head);

        header = default;
        fault = null;
        if (BeginsLike(head, Signature))
            return ReadBinary(head, bytes.Length, out header, out fault);
        if (BeginsLike(head, Word))
            return ReadLine(head, out header, out fault);

        fault = head[0] switch
        {
            22 => "it began with a TLS handshake in place of a PROXY header",
            (byte)'P' or 13 => "it began with something that is nearly a PROXY header",
            >= (byte)'A' and <= (byte)'Z' => "it began with text, perhaps a request, in place of a PROXY header",
            _ => "it began with something else than a PROXY header",
        };
        return Outcome.Malformed;
    }

    private static bool BeginsLike(ReadOnlySpan<byte> head, ReadOnlySpan<byte> mark) =>
        head.Length < mark.Length ? mark.StartsWith(head) : head.StartsWith(mark);

    private static Outcome ReadBinary(ReadOnlySpan<byte> head, long available, out ProxyHeader header, out string? fault)
    {
        header = default;
        fault = null;
        if (head.Length < FixedPart)
            return Outcome.NeedMore;

        var (version, command) = (head[12] >> 4, head[12] & 0xf);
        var family = head[13];
        var length = BinaryPrimitives.ReadUInt16BigEndian(head[14..]);
        var isLocal = command == 0; // a connection of the proxy's own; whatever follows is to be ignored
        if (version != 2)
            fault = $"its PROXY header has the signature of version 2 and the number {version}";
        else if (command > 1)
            fault = $"its PROXY header has the unknown command {command}";
        else if (!isLocal && LengthOfAddresses(family) is null)
            fault = $"its PROXY header is about something else than a TCP connection (family and protocol 0x{family:x2})";
        else if (length > LongestAddition)
            fault = $"its PROXY header announces {length} bytes, more than {LongestAddition}";
        else if (!isLocal && length < LengthOfAddresses(family))
            fault = $"its PROXY header announces {length} bytes, too few for the addresses of its family";
        if (fault is not null)
            return Outcome.Malformed;
        if (available < FixedPart + length)
            return Outcome.NeedMore;

        header = new ProxyHeader(FixedPart + length, isLocal ? null : FindSource(family, head[FixedPart..]));
        return Outcome.Complete;
    }

    // §2.2, the 14th byte; null where no stream goes by it.
    private static int? LengthOfAddresses(byte family) => family switch
    {
        0x00 => 0, // unspecified
        0x11 => 12, // TCP over IPv4
        0x21 => 36, // TCP over IPv6
        0x31 => 216, // a stream of a socket in the file system
        _ => null,
    };

    private static IPEndPoint? FindSource(byte family, ReadOnlySpan<byte> addresses) => family switch
    {
        0x11 => new IPEndPoint(new IPAddress(addresses[..4]), BinaryPrimitives.ReadUInt16BigEndian(addresses[8..])),
        0x21 => new IPEndPoint(Plain(new IPAddress(addresses[..16])), BinaryPrimitives.ReadUInt16BigEndian(addresses[32..])),
        _ => null,
    };

    private static IPAddress Plain(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;

    private static Outcome ReadLine(ReadOnlySpan<byte> head, out ProxyHeader header, out string? fault)
    {
        header = default;
        fault = null;
        var end = head.IndexOf((byte)'\n');
        if (end < 0 && head.Length < LongestLine)
            return Outcome.NeedMore;

        Span<char> text = stackalloc char[LongestLine];
        if (end < 0)
            fault = $"its PROXY line does not end within {LongestLine} bytes";
        else if (head[end - 1] != '\r')
            fault = "its PROXY line ends with a line feed without a carriage return";
        else if (!TryReadSource(text[..Encoding.Latin1.GetChars(head[Word.Length..(end - 1)], text)], out var source))
            fault = "its PROXY line is not written as version 1 has it (PROXY TCP4 or TCP6, two addresses, two ports, one space between)";
        else
            header = new ProxyHeader(end + 1, source);
        return fault is null ? Outcome.Complete : Outcome.Malformed;
    }

    // §2.1: "TCP4 192.0.2.1 198.51.100.1 56324 443"
    private static bool TryReadSource(ReadOnlySpan<char> text, out IPEndPoint? source)
    {
        source = null;
        if (text is "UNKNOWN" || text.StartsWith("UNKNOWN "))
            return true; // whatever follows is to be ignored

        Span<Range> parts = stackalloc Range[6];
        if (text.Split(parts, ' ') != 5)
            return false;

        var family = text[parts[0]];
        if (family is not ("TCP4" or "TCP6")
            || !TryReadAddress(family, text[parts[1]], out var address) || !TryReadAddress(family, text[parts[2]], out _)
            || !TryReadPort(text[parts[3]], out var port) || !TryReadPort(text[parts[4]], out _))
            return false;

        source = new IPEndPoint(address, port);
        return true;
    }

    private static bool TryReadAddress(ReadOnlySpan<char> family, ReadOnlySpan<char> text, out IPAddress address) =>
        AddressText.TryParse(text, out address) && text.Contains(':') == (family is "TCP6");

    // From 0 to 65535, and not a zero in front.
    private static bool TryReadPort(ReadOnlySpan<char> text, out ushort port)
    {
        port = 0;
        return text.Length is > 0 and <= 5 && !text.ContainsAnyExceptInRange('0', '9') && (text.Length == 1 || text[0] != '0') && ushort.TryParse(text, out port);
    }
}
