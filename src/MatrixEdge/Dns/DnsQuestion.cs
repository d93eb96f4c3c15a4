namespace MatrixEdge.Dns;

/// <summary>RFC 1035 §4.1.2; in an update, the zone that it is about (RFC 2136 §2.3).</summary>
internal sealed record DnsQuestion(DnsName Name, DnsType Type, DnsClass Class = DnsClass.Internet);
