using System.Collections.Immutable;

namespace MatrixEdge.Doctor.Gathering;

/// <summary>The homeserver as other servers meet it.</summary>
/// <param name="Looks">Each address and port that other servers may take.</param>
internal sealed record FederationFacts(ImmutableArray<FederationLook> Looks);
