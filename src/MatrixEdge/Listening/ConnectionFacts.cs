using System.Net;

namespace MatrixEdge.Listening;

/// <summary>
/// What is known of a connection, worked out once when it is accepted. Set by the listener itself: a <c>Host</c> header with
/// a port says nothing about the port that was used.
/// </summary>
internal sealed class ConnectionFacts(ListenerKind listener, IPAddress peer)
{
    public ListenerKind Listener { get; } = listener;

    /// <summary>Who connected; an IPv4 address as such, even on a socket that takes both families.</summary>
    public IPAddress Peer { get; } = peer;

    /// <summary><see cref="Peer"/> as text, made once per connection.</summary>
    public string PeerText { get; } = peer.ToString();
}
