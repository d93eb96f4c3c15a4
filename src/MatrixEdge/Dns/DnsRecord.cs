namespace MatrixEdge.Dns;

/// <summary>RFC 1035 §4.1.3.</summary>
/// <param name="TimeToLive">Whole seconds, less than 2³¹ (RFC 2181 §8).</param>
/// <param name="Data">Of the kind that belongs to <paramref name="Type"/>, else <see cref="OpaqueData"/>.</param>
internal sealed record DnsRecord(DnsName Name, DnsType Type, DnsClass Class, TimeSpan TimeToLive, DnsData Data);
