using System.Net;
using MatrixEdge.Dns;
using MatrixEdge.Tests.Dns;

namespace MatrixEdge.Tests.Doctor;

/// <summary>What a recursive name server knows: records, and names at which it fails. Any name that has neither does not exist.</summary>
internal sealed class Zone
{
    private readonly List<DnsRecord> records = [];
    private readonly Dictionary<DnsName, DnsCode> codes = [];

    /// <summary>Whether it says nothing at all.</summary>
    public bool IsSilent { get; set; }

    public Zone Address(string name, params string[] addresses)
    {
        foreach (var address in addresses.Select(IPAddress.Parse))
            records.Add(FakeNameServer.Record(name, new AddressData(address).Type, new AddressData(address)));
        return this;
    }

    public Zone Alias(string name, string target)
    {
        records.Add(FakeNameServer.Alias(name, target));
        return this;
    }

    /// <param name="name">With the service: <c>_matrix-fed._tcp.example.org</c>.</param>
    public Zone Service(string name, string target, int port, int priority = 10)
    {
        records.Add(FakeNameServer.Record(name, DnsType.SRV, new ServiceData((ushort)priority, 5, (ushort)port, DnsName.Parse(target))));
        return this;
    }

    /// <summary>Whatever is asked about the name, it ends in this way.</summary>
    public Zone Fail(string name, DnsCode code)
    {
        codes[DnsName.Parse(name)] = code;
        return this;
    }

    public Zone Remove(string name, DnsType? type = null)
    {
        var removed = DnsName.Parse(name);
        records.RemoveAll(record => record.Name.Equals(removed) && (type is null || record.Type == type));
        return this;
    }

    public IEnumerable<byte[]> Answer(DnsMessage question, bool byTcp)
    {
        if (IsSilent || question.Questions is not [var asked])
            return [];

        var octets = DnsMessageWriter.Write(Answer(question, asked));
        return octets.Length <= (question.DatagramSize ?? 512) || byTcp
            ? [octets]
            : [DnsMessageWriter.Write(FakeNameServer.Reply(question) with { IsTruncated = true })];
    }

    private DnsMessage Answer(DnsMessage question, DnsQuestion asked)
    {
        if (codes.TryGetValue(asked.Name, out var code))
            return FakeNameServer.Reply(question, code);

        var name = asked.Name;
        var answers = new List<DnsRecord>();
        while (asked.Type != DnsType.CNAME && answers.Count < 8 && records.Find(record => record.Name.Equals(name) && record.Type == DnsType.CNAME) is { Data: NameData alias } record)
        {
            answers.Add(record);
            name = alias.Target;
        }

        answers.AddRange(records.Where(record => record.Name.Equals(name) && record.Type == asked.Type));
        // A name that only has others below it exists, too (RFC 8020).
        var isThere = records.Exists(record => record.Name.IsWithin(name));
        return FakeNameServer.Reply(question, isThere ? DnsCode.NoError : DnsCode.NameError, [.. answers]);
    }
}
