using System.Collections.Immutable;

namespace MatrixEdge.Doctor.Gathering;

/// <summary>What the gateway saw of requests that were sent to it by the public way.</summary>
/// <param name="WhyNot">Why none was sent; null when some were.</param>
/// <param name="Looks">One for each address and port by which servers and clients come.</param>
/// <param name="Hold">A request that was kept silent for a while; null when none was.</param>
internal sealed record EchoFacts(string? WhyNot, ImmutableArray<EchoLook> Looks, HoldLook? Hold);
