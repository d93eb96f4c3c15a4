using System.Buffers;
using System.Text;
using MatrixEdge.Listening;
using MatrixEdge.Tests.Support;

namespace MatrixEdge.Tests.Listening;

/// <summary>The header of the PROXY protocol, byte for byte: what is one, and everything that nearly is.</summary>
public sealed class ProxyHeaderTests
{
    private const string V6Full = "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff";

    internal static readonly byte[] Signature = [0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a];

    /// <summary>Headers as Latin-1 text, or "v2 " and hexadecimal digits behind the signature; with the source that they name.</summary>
    public static TheoryData<string, string?> Valid => new()
    {
        { "PROXY TCP4 203.0.113.7 192.0.2.1 56324 443\r\n", "203.0.113.7:56324" },
        { "PROXY TCP4 255.255.255.255 255.255.255.255 65535 65535\r\n", "255.255.255.255:65535" },
        { "PROXY TCP4 203.0.113.7 192.0.2.1 0 0\r\n", "203.0.113.7:0" },
        { "PROXY TCP6 2001:db8::7 2001:db8::1 56324 443\r\n", "[2001:db8::7]:56324" },
        { $"PROXY TCP6 {V6Full} {V6Full} 65535 65535\r\n", $"[{V6Full}]:65535" },
        { "PROXY TCP6 ::ffff:203.0.113.7 ::ffff:192.0.2.1 1 2\r\n", "203.0.113.7:1" },
        { "PROXY UNKNOWN\r\n", null },
        { "PROXY UNKNOWN \r\n", null },
        { "PROXY UNKNOWN anything, also 203.0.113.7\r\n", null },
        { $"PROXY UNKNOWN {V6Full} {V6Full} 65535 65535\r\n", null },
        // PROXY, TCP over IPv4
        { "v2 21 11 000c cb007107 c0000201 dc04 01bb", "203.0.113.7:56324" },
        // with TLVs: an ALPN, a NOOP, and bytes that are no TLV at all
        { "v2 21 11 0017 cb007107 c0000201 dc04 01bb 01 0002 6832 04 0001 00 ff ff", "203.0.113.7:56324" },
        // TCP over IPv6
        { "v2 21 21 0024 20010db8000000000000000000000007 20010db8000000000000000000000001 dc04 01bb", "[2001:db8::7]:56324" },
        { "v2 21 21 0024 00000000000000000000ffffcb007107 00000000000000000000ffffc0000201 dc04 01bb", "203.0.113.7:56324" },
        // LOCAL, whatever follows it
        { "v2 20 00 0000", null },
        { "v2 20 11 000c cb007107 c0000201 dc04 01bb", null },
        { "v2 20 ff 0003 010203", null },
        // UNSPEC, and a socket in the file system
        { "v2 21 00 0000", null },
        { "v2 21 00 0004 01020304", null },
        { $"v2 21 31 00d8 {new string('0', 432)}", null },
        // the longest
        { $"v2 21 11 1000 cb007107 c0000201 dc04 01bb {new string('f', 2 * (4096 - 12))}", "203.0.113.7:56324" },
    };

    /// <summary>What no header is, with a part of what is said of it.</summary>
    public static TheoryData<string, string> Malformed => new()
    {
        { "\u0016\u0003\u0001\u0002", "a TLS handshake" },
        { "GET / HTTP/1.1\r\n\r\n", "perhaps a request" },
        { "PRI * HTTP/2.0\r\n", "nearly a PROXY header" },
        { "PROXYTCP4 203.0.113.7 192.0.2.1 56324 443\r\n", "nearly" },
        { "proxy TCP4 203.0.113.7 192.0.2.1 56324 443\r\n", "something else" },
        { " PROXY TCP4 203.0.113.7 192.0.2.1 56324 443\r\n", "something else" },
        { "\r\nPROXY TCP4 203.0.113.7 192.0.2.1 56324 443\r\n", "nearly" },
        { "\0", "something else" },
        // families
        { "PROXY \r\n", "not written as version 1" },
        { "PROXY TCP\r\n", "not written as version 1" },
        { "PROXY TCP5 203.0.113.7 192.0.2.1 56324 443\r\n", "not written as version 1" },
        { "PROXY tcp4 203.0.113.7 192.0.2.1 56324 443\r\n", "not written as version 1" },
        { "PROXY UDP4 203.0.113.7 192.0.2.1 56324 443\r\n", "not written as version 1" },
        { "PROXY unknown\r\n", "not written as version 1" },
        { "PROXY UNKNOWNS\r\n", "not written as version 1" },
        { "PROXY TCP4 2001:db8::7 2001:db8::1 56324 443\r\n", "not written as version 1" },
        { "PROXY TCP6 203.0.113.7 192.0.2.1 56324 443\r\n", "not written as version 1" },
        { "PROXY TCP6 2001:db8::7 192.0.2.1 56324 443\r\n", "not written as version 1" },
        // addresses
        { "PROXY TCP4 203.0.113 192.0.2.1 56324 443\r\n", "not written as version 1" },
        { "PROXY TCP4 203.0.113.256 192.0.2.1 56324 443\r\n", "not written as version 1" },
        { "PROXY TCP4 203.0.113.07 192.0.2.1 56324 443\r\n", "not written as version 1" },
        { "PROXY TCP4 203.0.113.7 192.0.2.01 56324 443\r\n", "not written as version 1" },
        { "PROXY TCP4 3405803783 192.0.2.1 56324 443\r\n", "not written as version 1" },
        { "PROXY TCP4 localhost 192.0.2.1 56324 443\r\n", "not written as version 1" },
        { "PROXY TCP6 [2001:db8::7] 2001:db8::1 56324 443\r\n", "not written as version 1" },
        { "PROXY TCP6 2001:db8::7%eth0 2001:db8::1 56324 443\r\n", "not written as version 1" },
        { "PROXY TCP6 2001:db8:::7 2001:db8::1 56324 443\r\n", "not written as version 1" },
        // ports
        { "PROXY TCP4 203.0.113.7 192.0.2.1 65536 443\r\n", "not written as version 1" },
        { "PROXY TCP4 203.0.113.7 192.0.2.1 56324 65536\r\n", "not written as version 1" },
        { "PROXY TCP4 203.0.113.7 192.0.2.1 056324 443\r\n", "not written as version 1" },
        { "PROXY TCP4 203.0.113.7 192.0.2.1 56324 0443\r\n", "not written as version 1" },
        { "PROXY TCP4 203.0.113.7 192.0.2.1 -1 443\r\n", "not written as version 1" },
        { "PROXY TCP4 203.0.113.7 192.0.2.1 +1 443\r\n", "not written as version 1" },
        { "PROXY TCP4 203.0.113.7 192.0.2.1 0x1 443\r\n", "not written as version 1" },
        { "PROXY TCP4 203.0.113.7 192.0.2.1 00 443\r\n", "not written as version 1" },
        { "PROXY TCP4 203.0.113.7 192.0.2.1 99999999999 443\r\n", "not written as version 1" },
        // spaces, parts
        { "PROXY  TCP4 203.0.113.7 192.0.2.1 56324 443\r\n", "not written as version 1" },
        { "PROXY TCP4  203.0.113.7 192.0.2.1 56324 443\r\n", "not written as version 1" },
        { "PROXY TCP4 203.0.113.7  192.0.2.1 56324 443\r\n", "not written as version 1" },
        { "PROXY TCP4 203.0.113.7 192.0.2.1 56324 443 \r\n", "not written as version 1" },
        { "PROXY TCP4 203.0.113.7 192.0.2.1 56324 443 1\r\n", "not written as version 1" },
        { "PROXY TCP4 203.0.113.7 192.0.2.1 56324\r\n", "not written as version 1" },
        { "PROXY TCP4\t203.0.113.7 192.0.2.1 56324 443\r\n", "not written as version 1" },
        { "PROXY TCP4 203.0.113.7 192.0.2.1 56324 443\r\r\n", "not written as version 1" },
        { "PROXY TCP4 203.0.113.7\0 192.0.2.1 56324 443\r\n", "not written as version 1" },
        // line ends
        { "PROXY TCP4 203.0.113.7 192.0.2.1 56324 443\n", "without a carriage return" },
        { "PROXY UNKNOWN\n", "without a carriage return" },
        { "PROXY \n", "without a carriage return" },
        { "PROXY UNKNOWN a\nb\r\n", "without a carriage return" },
        { $"PROXY UNKNOWN {new string('x', 92)}\r\n", "does not end within 107 bytes" },
        { $"PROXY UNKNOWN {new string('x', 93)}", "does not end within 107 bytes" },
        { $"PROXY {new string(' ', 200)}", "does not end within 107 bytes" },
        // version 2
        { "\r\n\r\n\0\r\nQUIt\n", "nearly" },
        { "\r\n\r\n\r\n", "nearly" },
        { "v2 11 11 000c cb007107 c0000201 dc04 01bb", "the number 1" },
        { "v2 01 11 000c cb007107 c0000201 dc04 01bb", "the number 0" },
        { "v2 31 11 000c cb007107 c0000201 dc04 01bb", "the number 3" },
        { "v2 22 11 000c cb007107 c0000201 dc04 01bb", "the unknown command 2" },
        { "v2 2f 11 000c cb007107 c0000201 dc04 01bb", "the unknown command 15" },
        { "v2 21 12 000c cb007107 c0000201 dc04 01bb", "than a TCP connection (family and protocol 0x12)" },
        { "v2 21 22 0024", "than a TCP connection" },
        { "v2 21 32 00d8", "than a TCP connection" },
        { "v2 21 10 000c", "than a TCP connection" },
        { "v2 21 01 0000", "than a TCP connection" },
        { "v2 21 41 000c", "than a TCP connection" },
        { "v2 21 13 000c", "than a TCP connection" },
        { "v2 21 11 000b cb007107 c0000201 dc04 01", "too few" },
        { "v2 21 11 0000", "too few" },
        { "v2 21 21 0023", "too few" },
        { "v2 21 21 000c", "too few" },
        { "v2 21 31 00d7", "too few" },
        { "v2 21 11 1001", "announces 4097 bytes, more than 4096" },
        { "v2 20 00 ffff", "announces 65535 bytes" },
        { "v2 21 00 1001", "announces 4097 bytes" },
    };

    [Theory]
    [MemberData(nameof(Valid))]
    public void Is_read_with_what_follows_left_alone(string text, string? source)
    {
        var header = Bytes(text);
        byte[][] followedBy = [[], [22, 3, 1], [.. new byte[5000]], header];

        foreach (var rest in followedBy)
        {
            foreach (var size in new[] { 1, 7, 16, 4096, 1 << 16 })
            {
                Assert.Equal(ProxyHeader.Outcome.Complete, ProxyHeader.Read(ClientHellos.InSegments([.. header, .. rest], size), out var read, out var fault));
                Assert.Equal(header.Length, read.Length);
                Assert.Equal(source, read.Source?.ToString());
                Assert.Null(fault);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Valid))]
    public void Is_waited_for_until_its_last_byte(string text, string? _)
    {
        var header = Bytes(text);

        for (var length = 0; length < header.Length; length++)
        {
            Assert.Equal(ProxyHeader.Outcome.NeedMore, ProxyHeader.Read(new ReadOnlySequence<byte>(header, 0, length), out var _, out var fault));
            Assert.Null(fault);
        }
    }

    [Theory]
    [MemberData(nameof(Malformed))]
    public void Is_refused_with_a_reason(string text, string reason)
    {
        var bytes = Bytes(text);

        foreach (var size in new[] { 1, 7, 1 << 16 })
        {
            Assert.Equal(ProxyHeader.Outcome.Malformed, ProxyHeader.Read(ClientHellos.InSegments([.. bytes, 22, 3, 1], size), out var header, out var fault));
            Assert.Equal(default, header);
            Assert.Contains(reason, fault, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Random_bytes_and_changed_headers_never_break_it()
    {
        const string Alphabet = "PROXY TCP46UNKNOWN 0123456789.:\r\n";
        var random = new Random(1);
        var headers = Valid.Select(row => Bytes(row.Data.Item1)).ToList();
        var outcomes = new int[3];
        for (var round = 0; round < 200_000; round++)
        {
            var bytes = headers[random.Next(headers.Count)].ToArray();
            for (var changes = random.Next(0, 4); changes > 0; changes--)
                bytes[random.Next(Math.Min(bytes.Length, 60))] = (byte)(random.Next(3) == 0 ? random.Next(256) : Alphabet[random.Next(Alphabet.Length)]);
            if (random.Next(4) == 0)
                bytes = bytes[..random.Next(bytes.Length + 1)];
            if (random.Next(10) == 0)
                random.NextBytes(bytes);

            var outcome = ProxyHeader.Read(new ReadOnlySequence<byte>(bytes), out var header, out var fault);

            outcomes[(int)outcome]++;
            Assert.Equal(outcome == ProxyHeader.Outcome.Malformed, fault is not null);
            if (outcome == ProxyHeader.Outcome.Complete)
                Assert.InRange(header.Length, 15, bytes.Length);
            else
                Assert.Equal(default, header);

            // What is refused or done stays so, whatever comes behind it; what is awaited can come.
            if (outcome != ProxyHeader.Outcome.NeedMore)
                Assert.Equal(outcome, ProxyHeader.Read(new ReadOnlySequence<byte>([.. bytes, .. new byte[random.Next(20)]]), out _, out _));
        }

        Assert.All(outcomes, count => Assert.True(count > 1000, string.Join(' ', outcomes)));
    }

    internal static byte[] Bytes(string text) =>
        text.StartsWith("v2 ", StringComparison.Ordinal) ? [.. Signature, .. Convert.FromHexString(text[3..].Replace(" ", "", StringComparison.Ordinal))] : Encoding.Latin1.GetBytes(text);
}
