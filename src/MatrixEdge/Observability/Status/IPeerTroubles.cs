using System.Collections.Immutable;

namespace MatrixEdge.Observability.Status;

/// <summary>Whoever knows which servers do not get what they come for. There may be several, or none.</summary>
internal interface IPeerTroubles
{
    /// <summary>The troubles with a site, of some dozens at most; those with the most requests first.</summary>
    ImmutableArray<PeerTrouble> Of(string serverName);
}

/// <summary>A server whose requests are refused.</summary>
/// <param name="Origin">Who it says it is. Nobody has verified that: it is what a stranger sent.</param>
/// <param name="Requests">How many were refused.</param>
/// <param name="Last">When the last one was.</param>
/// <param name="Cause">The likely cause, a sentence without a final dot; null when none can be seen.</param>
internal sealed record PeerTrouble(string Origin, long Requests, DateTimeOffset Last, string? Cause);
