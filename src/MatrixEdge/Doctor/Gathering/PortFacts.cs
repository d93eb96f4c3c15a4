using System.Collections.Immutable;

namespace MatrixEdge.Doctor.Gathering;

/// <summary>The certificates on 443 and 8448, and on the port of federation if that is another one.</summary>
/// <param name="Looks">Of the host where federation is, and of the server name.</param>
/// <param name="WithoutName">The same without SNI, of the host where federation is.</param>
internal sealed record PortFacts(ImmutableArray<PortLook> Looks, ImmutableArray<PortLook> WithoutName);
