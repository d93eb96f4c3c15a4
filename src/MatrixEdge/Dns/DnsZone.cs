using System.Collections.Immutable;

namespace MatrixEdge.Dns;

/// <summary>A part of the tree of names that is administered as one (RFC 1034 §4.2), and who serves it.</summary>
internal sealed record DnsZone(DnsName Name, ImmutableArray<NameServer> Servers);
