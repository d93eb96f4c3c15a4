using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;

namespace MatrixEdge.Dns;

/// <summary>What a record says. The kinds that the gateway has use for, and <see cref="OpaqueData"/> for the rest.</summary>
internal abstract record DnsData;

/// <summary>A (RFC 1035 §3.4.1) and AAAA (RFC 3596 §2.2).</summary>
internal sealed record AddressData(IPAddress Address) : DnsData
{
    public DnsType Type => Address.AddressFamily == AddressFamily.InterNetwork ? DnsType.A : DnsType.AAAA;
}

/// <summary>CNAME and NS (RFC 1035 §3.3.1, §3.3.11): another name.</summary>
internal sealed record NameData(DnsName Target) : DnsData;

/// <summary>SOA (RFC 1035 §3.3.13): the head of a zone. Numbers as they are sent; times in seconds.</summary>
internal sealed record StartOfAuthorityData(
    DnsName PrimaryServer, DnsName Mailbox, uint Serial, uint Refresh, uint Retry, uint Expire, uint Minimum) : DnsData;

/// <summary>SRV (RFC 2782). A <paramref name="Target"/> of the root means: decidedly not available.</summary>
internal sealed record ServiceData(ushort Priority, ushort Weight, ushort Port, DnsName Target) : DnsData;

/// <summary>TXT (RFC 1035 §3.3.14): one or more strings of at most 255 octets, each octet one character here.</summary>
internal sealed record TextData(ImmutableArray<string> Strings) : DnsData
{
    /// <summary>The strings joined, as nearly every use of TXT reads them.</summary>
    public string Text => string.Concat(Strings);

    public bool Equals(TextData? other) => other is not null && Strings.SequenceEqual(other.Strings);

    public override int GetHashCode() => StringComparer.Ordinal.GetHashCode(Text);
}

/// <summary>CAA (RFC 8659 §4.1): which authorities may issue. Octets are characters here.</summary>
/// <param name="Flags">Bit 7 set: whoever does not know the tag must not issue.</param>
internal sealed record AuthorityAuthorizationData(byte Flags, string Tag, string Value) : DnsData
{
    public bool IsCritical => (Flags & 0x80) != 0;
}

/// <summary>Any other record's data, as it was sent.</summary>
internal sealed record OpaqueData(ImmutableArray<byte> Octets) : DnsData
{
    public static OpaqueData Empty { get; } = new(ImmutableArray<byte>.Empty);

    public bool Equals(OpaqueData? other) => other is not null && Octets.AsSpan().SequenceEqual(other.Octets.AsSpan());

    public override int GetHashCode() => Octets.Length;
}
