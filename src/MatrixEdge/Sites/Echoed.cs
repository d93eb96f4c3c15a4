using System.Collections.Immutable;
using MatrixEdge.Listening;

namespace MatrixEdge.Sites;

/// <summary>What arrived of a request.</summary>
/// <param name="Target">As it was on the wire.</param>
/// <param name="Peer">The address that the connection came from.</param>
/// <param name="Client">Whose request it is taken for.</param>
/// <param name="Scheme">By which the client is taken to have come.</param>
internal sealed record Echoed(string Method, string Target, ListenerKind Listener, string Protocol, string Peer, string Client, string Scheme, ImmutableArray<EchoedHeader> Headers);
