using System.Collections.Immutable;
using System.Net;
using MatrixEdge.Dns;
using MatrixEdge.Doctor.Looking;

namespace MatrixEdge.Doctor.Gathering;

/// <summary>What name servers say of the server name.</summary>
/// <param name="Service">The SRV records of <c>_matrix-fed._tcp</c>; null for an address.</param>
/// <param name="DeprecatedService">Those of <c>_matrix._tcp</c>; null for an address.</param>
/// <param name="ServiceHosts">Where the targets of all SRV records lead.</param>
internal sealed record NameFacts(
    HostAddresses Name, DnsAnswer? Service, DnsAnswer? DeprecatedService, ImmutableArray<HostAddresses> ServiceHosts, ImmutableArray<IPEndPoint> Resolvers);
