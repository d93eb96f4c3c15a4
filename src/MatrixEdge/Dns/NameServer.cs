using System.Collections.Immutable;
using System.Net;

namespace MatrixEdge.Dns;

/// <summary>An authoritative server of a zone.</summary>
/// <param name="Addresses">None when its own name leads nowhere.</param>
internal sealed record NameServer(DnsName Name, ImmutableArray<IPAddress> Addresses);
