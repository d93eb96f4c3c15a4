using System.Diagnostics;
using MatrixEdge.Dns;

namespace MatrixEdge.Tests.Dns;

/// <summary>Messages on the wire: sound ones come through unchanged, and no other ones do harm.</summary>
public sealed class DnsMessageTests
{
    private const string Header = "1234 8180 0001 0001 0000 0000 ";

    [Fact]
    public void What_is_written_is_read_again()
    {
        var messages = new RandomMessages(new Random(1));
        for (var i = 0; i < 3000; i++)
        {
            var message = messages.Next();
            var octets = DnsMessageWriter.Write(message);

            var read = DnsMessageReader.Read(octets);

            Assert.Equal(message.Questions.AsEnumerable(), read.Questions);
            Assert.Equal(message.Answers.AsEnumerable(), read.Answers);
            Assert.Equal(message.Authority.AsEnumerable(), read.Authority);
            Assert.Equal(message.Additional.AsEnumerable(), read.Additional);
            Assert.Equal((message.Id, message.Opcode, message.Code, message.DatagramSize), (read.Id, read.Opcode, read.Code, read.DatagramSize));
            Assert.Equal(octets, DnsMessageWriter.Write(read));
        }
    }

    [Fact]
    public void No_mutation_of_a_message_throws_anything_but_the_format_exception()
    {
        var random = new Random(2);
        var messages = new RandomMessages(random);
        var key = new TsigKey(DnsName.Parse("key"), TsigAlgorithm.HmacSha256, [1, 2, 3]);
        var (sound, unsound) = (0, 0);
        for (var i = 0; i < 10_000; i++)
        {
            var message = messages.Next();
            var octets = Mutate(i % 4 == 0 ? key.Sign(message, DateTimeOffset.UnixEpoch, out _) : DnsMessageWriter.Write(message), random);
            try
            {
                var read = DnsMessageReader.Read(octets);
                sound++;

                // What was read can be told to others, and means the same to them.
                var written = DnsMessageWriter.Write(read);
                Assert.Equal(written, DnsMessageWriter.Write(DnsMessageReader.Read(written)));
                Assert.NotEqual(TsigVerdict.Good, key.Verify(octets, read, [1], DateTimeOffset.UnixEpoch));
                Assert.All(read.Answers, record => Assert.Equal(record.Name, DnsName.Parse(record.Name.ToString())));
            }
            catch (DnsFormatException)
            {
                unsound++;
            }
        }

        Assert.True(sound > 500 && unsound > 500, $"{sound} sound, {unsound} unsound");
    }

    [Fact]
    public void No_random_octets_throw_anything_but_the_format_exception()
    {
        var random = new Random(3);
        for (var i = 0; i < 50_000; i++)
        {
            var octets = new byte[random.Next(600)];
            random.NextBytes(octets);
            if (octets.Length >= 12)
                octets[4] = octets[6] = octets[8] = octets[10] = 0; // Few records, so that some get far.

            try
            {
                DnsMessageReader.Read(octets);
            }
            catch (DnsFormatException)
            {
                // As it should be.
            }
        }
    }

    [Fact]
    public void No_part_of_a_message_is_a_message()
    {
        var messages = new RandomMessages(new Random(4));
        for (var i = 0; i < 50; i++)
        {
            var octets = DnsMessageWriter.Write(messages.Next());

            for (var length = 0; length < octets.Length; length++)
                Assert.Throws<DnsFormatException>(() => DnsMessageReader.Read(octets.AsSpan(0, length)));
            Assert.Throws<DnsFormatException>(() => DnsMessageReader.Read([.. octets, 0]));
        }
    }

    [Fact]
    public void Reads_compressed_names()
    {
        // example.org A; the answer's name points to the question's, and so does the end of the CNAME's target.
        var message = Read("076578616d706c65 036f7267 00 0001 0001   c00c 0005 0001 0000003c 0006 03777777 c00c");

        var record = Assert.Single(message.Answers);
        Assert.Equal(DnsName.Parse("example.org"), record.Name);
        Assert.Equal(new NameData(DnsName.Parse("www.example.org")), record.Data);
    }

    [Theory]
    [InlineData("00 0001 0001   c017 0005 0001 00000000 0001 00", "a pointer to what follows")]
    [InlineData("00 0001 0001   c011 0005 0001 00000000 0001 00", "a pointer to itself")]
    [InlineData("00 0001 0001   0161 c011 0005 0001 00000000 0001 00", "a pointer into its own name")]
    [InlineData("00 0001 0001   c000 0005 0001 00000000 0001 00", "a pointer into the header")]
    [InlineData("00 0001 0001   40 0005 0001 00000000 0001 00", "an unknown kind of label")]
    [InlineData("00 0001 0001   80 0005 0001 00000000 0001 00", "another unknown kind of label")]
    [InlineData("00 0001 0001   00 0001 0001 00000000 0005 0102030405", "an address of five octets")]
    [InlineData("00 0001 0001   00 0001 0001 00000000 0000", "an address of none")]
    [InlineData("00 0001 0001   00 0010 0001 00000000 0000", "a text without a string")]
    [InlineData("00 0001 0001   00 0010 0001 00000000 0002 0261", "a string that is longer than its record")]
    [InlineData("00 0001 0001   00 0005 0001 00000000 0002 0000", "a name that is shorter than its record")]
    [InlineData("00 0001 0001   00 0101 0001 00000000 0002 0000", "an authorization without a tag")]
    [InlineData("00 0001 0001   00 0029 04d0 00000000 0000", "EDNS among the answers")]
    [InlineData("00 0001 0001   00 00fa 00ff 00000000 0000", "a signature among the answers")]
    [InlineData("00 0001 0001   00 0001 0001 00000000 0004 01020304 00", "something behind the end")]
    public void Refuses(string body, string what)
    {
        Assert.True(Assert.Throws<DnsFormatException>(() => Read(body)).Message.Length > 0, what);
    }

    [Fact]
    public void Refuses_names_that_pointers_make_too_long()
    {
        // Each name is a label of 63 octets and a pointer to the one before: the fourth would have 257 octets.
        var label = "3f" + string.Concat(Enumerable.Repeat("61", 63));
        var four = $"1234 8180 0004 0000 0000 0000 {label}00 0001 0001 {label}c00c 0001 0001 {label}c051 0001 0001";

        Assert.Equal(193, DnsMessageReader.Read(Octets(four + " 00 0001 0001")).Questions[2].Name.Octets.Length);
        Assert.Throws<DnsFormatException>(() => DnsMessageReader.Read(Octets($"{four} {label}c097 0001 0001")));
    }

    [Fact]
    public void A_message_full_of_pointers_costs_no_more_than_a_plain_one()
    {
        // A tower of pointers to pointers, and as many records as fit that begin at its top.
        var octets = new List<byte>(Octets("1234 8180 0000 0000 0000 0000"));
        octets.AddRange([0, 65, 65, 0, 1, 0, 0, 0, 0, 0x1f, 0x40, 0]);
        var bottom = octets.Count - 1;
        for (var i = 0; i < 3999; i++)
            octets.AddRange([(byte)(0xc0 | (bottom + (i == 0 ? 0 : (2 * i) - 1)) >> 8), (byte)(bottom + (i == 0 ? 0 : (2 * i) - 1))]);
        octets.Add(0);
        var deep = bottom + 1 + (2 * 120);
        var count = 1;
        for (; octets.Count + 12 <= ushort.MaxValue; count++)
            octets.AddRange([(byte)(0xc0 | deep >> 8), (byte)deep, 255, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
        (octets[6], octets[7]) = ((byte)(count >> 8), (byte)count);

        var watch = Stopwatch.StartNew();
        var message = DnsMessageReader.Read(octets.ToArray());

        Assert.Equal(count, message.Answers.Length);
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(1), $"{watch.Elapsed}");

        // One deeper than any name can be long.
        deep = bottom + 1 + (2 * 130);
        (octets[^12], octets[^11]) = ((byte)(0xc0 | deep >> 8), (byte)deep);
        Assert.Throws<DnsFormatException>(() => DnsMessageReader.Read(octets.ToArray()));
    }

    [Fact]
    public void What_cannot_be_sent_is_refused()
    {
        var text = new DnsRecord(DnsName.Root, DnsType.TXT, DnsClass.Internet, TimeSpan.Zero, new TextData([new string('a', 256)]));
        var mixed = text with { Type = DnsType.A };
        var large = text with { Data = new OpaqueData([.. new byte[40_000]]) };

        Assert.Throws<ArgumentException>(() => DnsMessageWriter.Write(new DnsMessage { Answers = [text] }));
        Assert.Throws<ArgumentException>(() => DnsMessageWriter.Write(new DnsMessage { Answers = [mixed] }));
        Assert.Throws<ArgumentException>(() => DnsMessageWriter.Write(new DnsMessage { Answers = [large, large] }));
        Assert.Throws<ArgumentException>(() => DnsMessageWriter.Write(new DnsMessage { Code = DnsCode.BadKey }));
    }

    [Theory]
    [InlineData("a.b.example.org", "example.org")]
    [InlineData("example.org", "example.org")]
    [InlineData("example.com", null)]
    public void Finds_the_zone_in_what_an_answer_says(string name, string? zone)
    {
        var start = new StartOfAuthorityData(DnsName.Root, DnsName.Root, 1, 1, 1, 1, 1);
        var message = new DnsMessage { Authority = [new DnsRecord(DnsName.Parse("example.org"), DnsType.SOA, DnsClass.Internet, TimeSpan.Zero, start)] };

        Assert.Equal(zone, message.FindZoneOf(DnsName.Parse(name))?.ToString());
    }

    private static DnsMessage Read(string body) => DnsMessageReader.Read(Octets(Header + body));

    private static byte[] Octets(string hexadecimal) => Convert.FromHexString(hexadecimal.Replace(" ", "", StringComparison.Ordinal));

    private static byte[] Mutate(byte[] octets, Random random)
    {
        for (var i = random.Next(1, 4); i > 0; i--)
        {
            var at = random.Next(octets.Length);
            switch (random.Next(5))
            {
                case 0:
                    octets[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 1:
                    octets[at] = (byte)random.Next(256);
                    break;
                case 2:
                    octets = [.. octets[..at], .. octets[Math.Min(octets.Length, at + random.Next(4))..]];
                    break;
                case 3:
                    octets = [.. octets[..at], (byte)random.Next(256), .. octets[at..]];
                    break;
                case 4 when at + 1 < octets.Length:
                    (octets[at], octets[at + 1]) = ((byte)(0xc0 | random.Next(2)), (byte)random.Next(256));
                    break;
            }

            if (octets.Length == 0)
                return octets;
        }

        return octets;
    }
}
