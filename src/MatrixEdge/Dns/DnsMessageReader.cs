using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Net;
using System.Text;

namespace MatrixEdge.Dns;

/// <summary>
/// Reads a message strictly: whatever is not exactly one whole message is a <see cref="DnsFormatException"/>, and nothing else
/// is ever thrown. The cost is linear in the length, since a name takes a bounded number of steps.
/// </summary>
internal ref struct DnsMessageReader
{
    private const int HeaderLength = 12;

    // Each jump leads to at least one label in any name that a sane server writes.
    private const int MostJumps = DnsName.LongestName / 2;

    private readonly ReadOnlySpan<byte> message;
    private int at;

    private DnsMessageReader(ReadOnlySpan<byte> message) => this.message = message;

    /// <exception cref="DnsFormatException">It is no message.</exception>
    public static DnsMessage Read(ReadOnlySpan<byte> message)
    {
        if (message.Length > DnsMessage.LongestMessage)
            throw new DnsFormatException("The message is longer than any can be");
        return new DnsMessageReader(message).ReadMessage();
    }

    private DnsMessage ReadMessage()
    {
        if (message.Length < HeaderLength)
            throw new DnsFormatException("The message is shorter than its header");

        var id = ReadUInt16();
        var flags = ReadUInt16();
        int questions = ReadUInt16(), answers = ReadUInt16(), authority = ReadUInt16(), additional = ReadUInt16();

        var header = new DnsMessage
        {
            Id = id,
            IsResponse = (flags & 0x8000) != 0,
            Opcode = (DnsOpcode)(flags >> 11 & 0xf),
            IsAuthoritative = (flags & 0x400) != 0,
            IsTruncated = (flags & 0x200) != 0,
            RecursionDesired = (flags & 0x100) != 0,
            RecursionAvailable = (flags & 0x80) != 0,
            Code = (DnsCode)(flags & 0xf),
            Questions = ReadQuestions(questions),
            Answers = ReadRecords(answers),
            Authority = ReadRecords(authority),
        };
        var whole = ReadAdditional(header, additional);
        return at == message.Length ? whole : throw new DnsFormatException("Something follows the message's end");
    }

    private ImmutableArray<DnsQuestion> ReadQuestions(int count)
    {
        var questions = ImmutableArray.CreateBuilder<DnsQuestion>();
        for (var i = 0; i < count; i++)
            questions.Add(new DnsQuestion(ReadName(), (DnsType)ReadUInt16(), (DnsClass)ReadUInt16()));
        return questions.DrainToImmutable();
    }

    private ImmutableArray<DnsRecord> ReadRecords(int count)
    {
        var records = ImmutableArray.CreateBuilder<DnsRecord>();
        for (var i = 0; i < count; i++)
        {
            var head = ReadHead();
            if (head.Type is DnsType.OPT or DnsType.TSIG)
                throw new DnsFormatException($"{head.Type} belongs into the additional section (RFC 6891 §6.1.1, RFC 8945 §5.1)");
            records.Add(ReadRecord(head));
        }

        return records.DrainToImmutable();
    }

    private DnsMessage ReadAdditional(DnsMessage header, int count)
    {
        var records = ImmutableArray.CreateBuilder<DnsRecord>();
        for (var i = 0; i < count; i++)
        {
            var offset = at;
            var head = ReadHead();
            switch (head.Type)
            {
                case DnsType.OPT when header.DatagramSize is null && head.Name.IsRoot:
                    // RFC 6891 §6.1.3: class and TTL have other meanings here. Options are passed over.
                    Take(head.Length);
                    header = header with
                    {
                        DatagramSize = (ushort)head.Class,
                        Code = (DnsCode)((int)(head.TimeToLive >> 24) << 4 | (int)header.Code),
                    };
                    break;
                case DnsType.OPT:
                    throw new DnsFormatException("A message has one OPT record at most, and at the root (RFC 6891 §6.1.1)");
                case DnsType.TSIG when i == count - 1 && head.Class == DnsClass.Any:
                    header = header with { Signature = ReadSignature(head, offset) };
                    break;
                case DnsType.TSIG:
                    throw new DnsFormatException("A signature is the last record of a message, of class ANY (RFC 8945 §5.1)");
                default:
                    records.Add(ReadRecord(head));
                    break;
            }
        }

        return header with { Additional = records.DrainToImmutable() };
    }

    private (DnsName Name, DnsType Type, DnsClass Class, uint TimeToLive, int Length) ReadHead()
    {
        var head = (ReadName(), (DnsType)ReadUInt16(), (DnsClass)ReadUInt16(), ReadUInt32(), (int)ReadUInt16());
        return head.Item5 <= message.Length - at ? head : throw new DnsFormatException("A record is longer than its message");
    }

    private DnsRecord ReadRecord((DnsName Name, DnsType Type, DnsClass Class, uint TimeToLive, int Length) head)
    {
        var end = at + head.Length;
        var data = ReadData(head.Type, head.Class, head.Length);
        if (at != end)
            throw new DnsFormatException($"A record of type {head.Type} has another length than it says");

        // RFC 2181 §8: a value with the upper bit set is to be taken for zero.
        var seconds = head.TimeToLive > int.MaxValue ? 0 : head.TimeToLive;
        return new DnsRecord(head.Name, head.Type, head.Class, TimeSpan.FromSeconds(seconds), data);
    }

    private DnsData ReadData(DnsType type, DnsClass @class, int length)
    {
        var end = at + length;

        // RFC 2136 §2.4, §2.5: what an update only names has no data.
        if (@class is DnsClass.Any or DnsClass.None && length == 0)
            return OpaqueData.Empty;

        if (@class is not (DnsClass.Internet or DnsClass.None))
            return new OpaqueData([.. Take(length)]);

        switch (type)
        {
            case DnsType.A when length == 4:
            case DnsType.AAAA when length == 16:
                return new AddressData(new IPAddress(Take(length)));
            case DnsType.A or DnsType.AAAA:
                throw new DnsFormatException("An address has 4 or 16 octets");
            case DnsType.CNAME or DnsType.NS:
                return new NameData(ReadName());
            case DnsType.SOA:
                return new StartOfAuthorityData(ReadName(), ReadName(), ReadUInt32(), ReadUInt32(), ReadUInt32(), ReadUInt32(), ReadUInt32());
            case DnsType.SRV:
                return new ServiceData(ReadUInt16(), ReadUInt16(), ReadUInt16(), ReadName());
            case DnsType.TXT:
                var strings = ImmutableArray.CreateBuilder<string>();
                do
                    strings.Add(ReadString());
                while (at < end);
                return new TextData(strings.DrainToImmutable());
            case DnsType.CAA:
                var flags = Take(1)[0];
                var tag = ReadString();
                if (tag.Length == 0 || at > end)
                    throw new DnsFormatException("A CAA record needs a tag (RFC 8659 §4.1)");
                return new AuthorityAuthorizationData(flags, tag, Encoding.Latin1.GetString(Take(end - at)));
            default:
                return new OpaqueData([.. Take(length)]);
        }
    }

    private TsigRecord ReadSignature((DnsName Name, DnsType Type, DnsClass Class, uint TimeToLive, int Length) head, int offset)
    {
        var end = at + head.Length;
        var algorithm = ReadName();
        var time = (ulong)ReadUInt16() << 32 | ReadUInt32();
        var fudge = ReadUInt16();
        var mac = Take(ReadUInt16());
        var id = ReadUInt16();
        var error = (DnsCode)ReadUInt16();
        var other = Take(ReadUInt16());
        return at == end
            ? new TsigRecord(head.Name, algorithm, time, fudge, [.. mac], id, error, [.. other], offset)
            : throw new DnsFormatException("The signature has another length than it says");
    }

    // RFC 1035 §4.1.4. A pointer leads to what was sent before the labels at hand, so no name can go in circles.
    private DnsName ReadName()
    {
        Span<byte> name = stackalloc byte[DnsName.LongestName];
        var length = 0;
        var from = at;
        var start = at; // of the labels at hand
        int? resume = null;
        var jumps = 0;
        while (true)
        {
            if (from >= message.Length)
                throw new DnsFormatException("A name goes on behind the message's end");

            var first = message[from];
            if (first <= DnsName.LongestLabel)
            {
                if (length + first + 1 > DnsName.LongestName || from + first + 1 > message.Length)
                    throw new DnsFormatException("A name is longer than 255 octets or goes on behind the message's end");

                message.Slice(from, first + 1).CopyTo(name[length..]);
                length += first + 1;
                from += first + 1;
                if (first == 0)
                    break;
            }
            else if (first >= 0xc0 && from + 1 < message.Length)
            {
                var target = (first & 0x3f) << 8 | message[from + 1];
                resume ??= from + 2;
                if (target >= start || target < HeaderLength || ++jumps > MostJumps)
                    throw new DnsFormatException("A name's pointer does not lead to an earlier name");
                from = start = target;
            }
            else
            {
                throw new DnsFormatException("A name has a label of no known kind");
            }
        }

        at = resume ?? from;
        return DnsName.FromOctets(name[..length]);
    }

    private string ReadString() => Encoding.Latin1.GetString(Take(Take(1)[0]));

    private ushort ReadUInt16() => BinaryPrimitives.ReadUInt16BigEndian(Take(2));

    private uint ReadUInt32() => BinaryPrimitives.ReadUInt32BigEndian(Take(4));

    private ReadOnlySpan<byte> Take(int length)
    {
        if (length < 0 || length > message.Length - at)
            throw new DnsFormatException("The message ends early");

        var taken = message.Slice(at, length);
        at += length;
        return taken;
    }
}
