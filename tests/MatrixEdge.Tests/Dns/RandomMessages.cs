using System.Collections.Immutable;
using System.Net;
using MatrixEdge.Dns;

namespace MatrixEdge.Tests.Dns;

/// <summary>Sound messages of every kind, by chance.</summary>
internal sealed class RandomMessages(Random random)
{
    private static readonly DnsType[] Types =
        [DnsType.A, DnsType.AAAA, DnsType.CNAME, DnsType.NS, DnsType.SOA, DnsType.SRV, DnsType.TXT, DnsType.CAA, (DnsType)65280];

    public DnsMessage Next()
    {
        var hasEdns = random.Next(2) == 0;
        return new DnsMessage
        {
            Id = UInt16(),
            IsResponse = Flag(),
            Opcode = Flag() ? DnsOpcode.Query : DnsOpcode.Update,
            IsAuthoritative = Flag(),
            IsTruncated = Flag(),
            RecursionDesired = Flag(),
            RecursionAvailable = Flag(),
            Code = (DnsCode)random.Next(hasEdns ? 4096 : 16),
            Questions = Several(() => new DnsQuestion(Name(), Types[random.Next(Types.Length)])),
            Answers = Several(Record),
            Authority = Several(Record),
            Additional = Several(Record),
            DatagramSize = hasEdns ? UInt16() : null,
        };
    }

    private DnsRecord Record()
    {
        var type = Types[random.Next(Types.Length)];
        var @class = random.Next(8) switch { 0 => DnsClass.None, 1 => DnsClass.Any, _ => DnsClass.Internet };
        var data = @class == DnsClass.Any ? OpaqueData.Empty : Data(type);
        return new DnsRecord(Name(), type, @class, TimeSpan.FromSeconds(random.Next()), data);
    }

    private DnsData Data(DnsType type) => type switch
    {
        DnsType.A => new AddressData(new IPAddress(Octets(4))),
        DnsType.AAAA => new AddressData(new IPAddress(Octets(16))),
        DnsType.CNAME or DnsType.NS => new NameData(Name()),
        DnsType.SOA => new StartOfAuthorityData(Name(), Name(), UInt32(), UInt32(), UInt32(), UInt32(), UInt32()),
        DnsType.SRV => new ServiceData(UInt16(), UInt16(), UInt16(), Name()),
        DnsType.TXT => new TextData([Text(0), .. Several(() => Text(0))]),
        DnsType.CAA => new AuthorityAuthorizationData((byte)random.Next(256), Text(1), Text(0)),
        _ => new OpaqueData([.. Octets(random.Next(1, 300))]),
    };

    private DnsName Name()
    {
        var octets = new List<byte>();
        for (var i = random.Next(6); i > 0; i--)
        {
            var label = Octets(random.Next(1, random.Next(8) == 0 ? 50 : 10));
            octets.Add((byte)label.Length);
            octets.AddRange(label);
        }

        return DnsName.FromOctets([.. octets, 0]);
    }

    private ImmutableArray<T> Several<T>(Func<T> make) => [.. Enumerable.Range(0, random.Next(4)).Select(_ => make())];

    private string Text(int least) => string.Concat(Octets(random.Next(least, random.Next(8) == 0 ? 256 : 20)).Select(octet => (char)octet));

    private byte[] Octets(int count)
    {
        var octets = new byte[count];
        random.NextBytes(octets);
        return octets;
    }

    private bool Flag() => random.Next(2) == 0;

    private ushort UInt16() => (ushort)random.Next(ushort.MaxValue + 1);

    private uint UInt32() => (uint)random.NextInt64(uint.MaxValue + 1L);
}
