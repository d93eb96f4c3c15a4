using System.Collections.Immutable;
using MatrixEdge.Delegation;
using MatrixEdge.Doctor.Looking;

namespace MatrixEdge.Doctor.Gathering;

/// <summary>How other servers find the homeserver.</summary>
/// <param name="Documents">What each address of the server name answers to <c>/.well-known/matrix/server</c>; empty when nobody asks for it.</param>
/// <param name="WhyNoDocument">Why nobody asks for it; null when it is asked for.</param>
/// <param name="Targets">Where each target of <paramref name="Found"/> leads, in the same order.</param>
internal sealed record DelegationFacts(
    ImmutableArray<ServerDocumentLook> Documents, string? WhyNoDocument, DiscoveredServer Found, ImmutableArray<HostAddresses> Targets);
