using System.Buffers;
using MatrixEdge.Listening;
using MatrixEdge.Tests.Support;
using static MatrixEdge.Tests.Support.ClientHellos;

namespace MatrixEdge.Tests.Listening;

public sealed class ClientHelloTests
{
    [Fact]
    public async Task A_real_one_is_understood()
    {
        Assert.Equal(("Hello", new ClientHello("matrix.example.com", "acme-tls/1")), Read(await FromClientAsync("matrix.example.com", "acme-tls/1")));
        Assert.Equal(("Hello", new ClientHello("matrix.example.com", null)), Read(await FromClientAsync("matrix.example.com", "h2", "http/1.1")));
        Assert.Equal(("Hello", new ClientHello("matrix.example.com", null)), Read(await FromClientAsync("matrix.example.com", "acme-tls/1", "h2")));
        Assert.Equal(("Hello", new ClientHello("matrix.example.com", null)), Read(await FromClientAsync("matrix.example.com")));
        Assert.Equal(("Hello", new ClientHello(null, "acme-tls/1")), Read(await FromClientAsync("192.0.2.1", "acme-tls/1")));
    }

    [Fact]
    public async Task Every_beginning_asks_for_more()
    {
        var bytes = await FromClientAsync("matrix.example.com", "acme-tls/1");

        Assert.All(Enumerable.Range(0, bytes.Length), length => Assert.Equal(("NeedMore", null), Read(bytes[..length])));
    }

    [Fact]
    public async Task However_it_is_spread_over_memory_it_is_the_same()
    {
        var bytes = await FromClientAsync("matrix.example.com", "acme-tls/1");

        Assert.All(Enumerable.Range(1, bytes.Length), size =>
            Assert.Equal(("Hello", new ClientHello("matrix.example.com", "acme-tls/1")), Read(InSegments(bytes, size))));
    }

    [Fact]
    public async Task However_it_is_spread_over_records_it_is_the_same()
    {
        var message = (await FromClientAsync("matrix.example.com", "acme-tls/1"))[5..];

        for (var size = 1; size <= message.Length; size++)
        {
            var bytes = InRecords(message, size);
            Assert.Equal(("Hello", new ClientHello("matrix.example.com", "acme-tls/1")), Read(InSegments(bytes, 7)));
            Assert.Equal(("NeedMore", null), Read(bytes[..^1]));
        }
    }

    [Fact]
    public void What_comes_behind_it_does_not_matter()
    {
        var bytes = InRecords([.. Message(ServerName("a"), Protocols("acme-tls/1")), 99, 99]);

        Assert.Equal(("Hello", new ClientHello("a", "acme-tls/1")), Read([.. bytes, 1, 2, 3, .. new byte[100_000]]));
    }

    [Fact]
    public void A_key_of_many_kilobytes_is_no_hindrance_but_there_is_an_end()
    {
        Assert.Equal(("Hello", new ClientHello("a", null)), Read(InRecords(Message((51, new byte[15_000]), ServerName("a")), 4000)));

        var endless = InRecords(Message((51, new byte[17_000]), ServerName("a")), 4000);
        Assert.All(Enumerable.Range(9, endless.Length - 9), length => Assert.Equal(("NotTls", null), Read(endless[..length])));
        var inCrumbs = InRecords(Message((51, new byte[3_000]), ServerName("a")), 1);
        Assert.Equal(("NeedMore", null), Read(inCrumbs[..(ClientHello.Longest - 1)]));
        Assert.Equal(("NotTls", null), Read(inCrumbs[..ClientHello.Longest]));
        Assert.Equal(("NotTls", null), Read(inCrumbs));
    }

    [Fact]
    public void One_without_extensions_is_one_too()
    {
        byte[] body = [3, 3, .. new byte[32], 0, 0, 2, 0, 0x2f, 1, 0];

        Assert.Equal(("Hello", new ClientHello(null, null)), Read(InRecords([1, .. Number(body.Length, 3), .. body])));
    }

    public static TheoryData<string, byte[]> Malformed => new()
    {
        { "HTTP", "GET / HTTP/1.1\r\n"u8.ToArray() },
        { "SSH", "SSH-2.0-x\r\n"u8.ToArray() },
        { "SSL 2", [0x80, 0x2e, 1, 3, 1] },
        { "another content", [23, 3, 1, 0, 10] },
        { "another message", InRecords([2, 0, 0, 1, 0]) },
        { "an empty record", [22, 3, 1, 0, 0] },
        { "a record that is too long", [22, 3, 1, 0x40, 1] },
        { "no body", InRecords([1, 0, 0, 0]) },
        { "two names", InRecords(Message(ServerName("a"), ServerName("b"))) },
        { "two names in one list", InRecords(Message((0, [0, 8, 0, 0, 1, 97, 0, 0, 1, 98]))) },
        { "an empty name", InRecords(Message(ServerName(""))) },
        { "an empty list of names", InRecords(Message((0, [0, 0]))) },
        { "a long name", InRecords(Message(ServerName(new string('a', 256)))) },
        { "a name with NUL", InRecords(Message(ServerName("a\0b"))) },
        { "a name that goes on behind its list", InRecords(Message((0, [0, 3, 0, 0, 9, 97]))) },
        { "two lists of protocols", InRecords(Message(Protocols("acme-tls/1"), Protocols("h2"))) },
        { "no protocols", InRecords(Message(Protocols())) },
        { "an empty protocol", InRecords(Message(Protocols(""))) },
        { "a protocol behind the list", InRecords(Message((16, [.. Protocols("acme-tls/1").Content, 2, 104, 50]))) },
        { "an extension that is too long", InRecords(Message([0, 16, 0xff, 0xff, 1])) },
        { "half an extension", InRecords(Message([0])) },
    };

    [Theory]
    [MemberData(nameof(Malformed), DisableDiscoveryEnumeration = true)]
    public void Anything_else_is_none(string what, byte[] bytes)
    {
        Assert.NotEmpty(what);
        Assert.Equal(("NotTls", null), Read(bytes));
    }

    [Fact]
    public async Task Whatever_is_changed_about_it_nothing_is_thrown_and_memory_has_no_say()
    {
        var random = new Random(31);
        var hello = await FromClientAsync("matrix.example.com", "acme-tls/1");
        byte[][] seeds = [hello, InRecords(hello[5..], 40), InRecords(Message(ServerName("a"), Protocols("acme-tls/1")))];

        for (var i = 0; i < 100_000; i++)
        {
            var bytes = seeds[i % seeds.Length].ToArray();
            for (var changes = random.Next(1, 6); changes > 0; changes--)
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            if (random.Next(4) == 0)
                bytes = bytes[..random.Next(bytes.Length)];

            Assert.Equal(Read(bytes), Read(InSegments(bytes, random.Next(1, 50))));
        }

        for (var i = 0; i < 10_000; i++)
        {
            var bytes = new byte[random.Next(1, 200)];
            random.NextBytes(bytes);
            (bytes[0], bytes[^1]) = (22, 3);
            Read(bytes);
        }
    }

    private static (string Outcome, ClientHello? Hello) Read(byte[] bytes) => Read(new ReadOnlySequence<byte>(bytes));

    private static (string Outcome, ClientHello? Hello) Read(ReadOnlySequence<byte> bytes)
    {
        var outcome = ClientHello.Read(bytes, out var hello);
        return (outcome.ToString(), hello);
    }
}
