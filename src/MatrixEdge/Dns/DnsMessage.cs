using System.Collections.Immutable;

namespace MatrixEdge.Dns;

/// <summary>
/// A message (RFC 1035 §4). EDNS (RFC 6891) and a signature (RFC 8945) stand apart from <see cref="Additional"/>, where they
/// are sent. In an update the sections are zone, prerequisites, updates and additional data (RFC 2136 §2).
/// </summary>
internal sealed record DnsMessage
{
    /// <summary>The most that goes into one message, since TCP puts its length into two octets (RFC 1035 §4.2.2).</summary>
    public const int LongestMessage = ushort.MaxValue;

    public ushort Id { get; init; }

    public bool IsResponse { get; init; }

    public DnsOpcode Opcode { get; init; }

    public bool IsAuthoritative { get; init; }

    /// <summary>More was to be said than fits into a datagram: ask again by TCP.</summary>
    public bool IsTruncated { get; init; }

    public bool RecursionDesired { get; init; }

    public bool RecursionAvailable { get; init; }

    /// <summary>With the upper bits from EDNS; more than 15 cannot be sent without it.</summary>
    public DnsCode Code { get; init; }

    public ImmutableArray<DnsQuestion> Questions { get; init; } = [];

    public ImmutableArray<DnsRecord> Answers { get; init; } = [];

    public ImmutableArray<DnsRecord> Authority { get; init; } = [];

    public ImmutableArray<DnsRecord> Additional { get; init; } = [];

    /// <summary>The longest datagram, in octets, that the sender takes (RFC 6891 §6.2.3); null without EDNS.</summary>
    public ushort? DatagramSize { get; init; }

    /// <summary>The signature that came with it, not verified by reading; written by <see cref="TsigKey.Sign"/> alone.</summary>
    public TsigRecord? Signature { get; init; }

    /// <summary>
    /// The zone that the name belongs to, as an answer about its SOA says it: in the answer for the zone's own name, else in the
    /// authority section (RFC 2308 §3). Null when it does not say.
    /// </summary>
    public DnsName? FindZoneOf(DnsName name) =>
        Answers.Concat(Authority)
            .Where(record => record is { Type: DnsType.SOA, Class: DnsClass.Internet } && name.IsWithin(record.Name))
            .Select(record => record.Name)
            .FirstOrDefault();
}
