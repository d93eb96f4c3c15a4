using System.Buffers;
using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Text;

namespace MatrixEdge.Dns;

/// <summary>Writes a message, without compression: questions and updates have next to nothing to compress.</summary>
internal sealed class DnsMessageWriter
{
    private readonly ArrayBufferWriter<byte> buffer = new();

    /// <exception cref="ArgumentException">It cannot be sent: it is too long, or a record's data are of another type than the record.</exception>
    public static byte[] Write(DnsMessage message)
    {
        var writer = new DnsMessageWriter();
        writer.Add(message);
        return writer.buffer.WrittenCount <= DnsMessage.LongestMessage
            ? writer.buffer.WrittenSpan.ToArray()
            : throw new ArgumentException("The message is longer than any can be", nameof(message));
    }

    private void Add(DnsMessage message)
    {
        var extended = (int)message.Code >> 4;
        if (extended > 0 && message.DatagramSize is null)
            throw new ArgumentException($"{message.Code.Mnemonic()} cannot be sent without EDNS", nameof(message));

        Add(message.Id);
        Add((ushort)((message.IsResponse ? 0x8000 : 0)
            | (int)message.Opcode << 11
            | (message.IsAuthoritative ? 0x400 : 0)
            | (message.IsTruncated ? 0x200 : 0)
            | (message.RecursionDesired ? 0x100 : 0)
            | (message.RecursionAvailable ? 0x80 : 0)
            | ((int)message.Code & 0xf)));
        Add((ushort)message.Questions.Length);
        Add((ushort)message.Answers.Length);
        Add((ushort)message.Authority.Length);
        Add((ushort)(message.Additional.Length + (message.DatagramSize is null ? 0 : 1)));

        foreach (var question in message.Questions)
        {
            buffer.Write(question.Name.Octets);
            Add((ushort)question.Type);
            Add((ushort)question.Class);
        }

        Add(message.Answers);
        Add(message.Authority);
        Add(message.Additional);
        if (message.DatagramSize is { } size)
        {
            buffer.Write(DnsName.Root.Octets);
            Add((ushort)DnsType.OPT);
            Add(size);
            Add((uint)extended << 24);
            Add((ushort)0);
        }
    }

    private void Add(ImmutableArray<DnsRecord> records)
    {
        foreach (var record in records)
        {
            buffer.Write(record.Name.Octets);
            Add((ushort)record.Type);
            Add((ushort)record.Class);
            Add((uint)record.TimeToLive.TotalSeconds);
            var data = new DnsMessageWriter();
            data.Add(record.Type, record.Data);
            Add(checked((ushort)data.buffer.WrittenCount));
            buffer.Write(data.buffer.WrittenSpan);
        }
    }

    private void Add(DnsType type, DnsData data)
    {
        switch (data)
        {
            case AddressData address when address.Type == type:
                buffer.Write(address.Address.GetAddressBytes());
                break;
            case NameData name when type is DnsType.CNAME or DnsType.NS:
                buffer.Write(name.Target.Octets);
                break;
            case StartOfAuthorityData start when type == DnsType.SOA:
                buffer.Write(start.PrimaryServer.Octets);
                buffer.Write(start.Mailbox.Octets);
                foreach (var number in (ReadOnlySpan<uint>)[start.Serial, start.Refresh, start.Retry, start.Expire, start.Minimum])
                    Add(number);
                break;
            case ServiceData service when type == DnsType.SRV:
                Add(service.Priority);
                Add(service.Weight);
                Add(service.Port);
                buffer.Write(service.Target.Octets);
                break;
            case TextData { Strings.Length: > 0 } text when type == DnsType.TXT:
                foreach (var part in text.Strings)
                    Add(part);
                break;
            case AuthorityAuthorizationData authorization when type == DnsType.CAA:
                buffer.Write([authorization.Flags]);
                Add(authorization.Tag);
                buffer.Write(Encoding.Latin1.GetBytes(authorization.Value));
                break;
            case OpaqueData opaque:
                buffer.Write(opaque.Octets.AsSpan());
                break;
            default:
                throw new ArgumentException($"A record of type {type} cannot hold {data.GetType().Name}", nameof(data));
        }
    }

    private void Add(string text)
    {
        if (text.Length > byte.MaxValue || text.Any(character => character > byte.MaxValue))
            throw new ArgumentException("A string has at most 255 octets", nameof(text));
        buffer.Write([(byte)text.Length]);
        buffer.Write(Encoding.Latin1.GetBytes(text));
    }

    private void Add(ushort number)
    {
        BinaryPrimitives.WriteUInt16BigEndian(buffer.GetSpan(2), number);
        buffer.Advance(2);
    }

    private void Add(uint number)
    {
        BinaryPrimitives.WriteUInt32BigEndian(buffer.GetSpan(4), number);
        buffer.Advance(4);
    }
}
