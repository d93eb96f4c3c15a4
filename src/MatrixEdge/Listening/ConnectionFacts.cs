using System.Net;
using MatrixEdge.Configuration;

namespace MatrixEdge.Listening;

/// <summary>
/// What is known of a connection, worked out once when it is accepted. Set by the listener itself: a <c>Host</c> header with
/// a port says nothing about the port that was used.
/// </summary>
/// <param name="isNamed">
/// False where a proxy passes on the bytes of somebody whom its PROXY header does not name: then <see cref="Peer"/> is the proxy, and yet
/// nothing that is said on the connection is the proxy's word.
/// </param>
internal sealed class ConnectionFacts(ListenerKind listener, IPAddress peer, bool isNamed = true)
{
    // The last answers of IsTrusted: one configuration replaces another seldom, and requests are many.
    private TrustedProxies? trustedBy;
    private TrustedProxies? unknownTo;

    public ListenerKind Listener { get; } = listener;

    /// <summary>
    /// Who connected, to the gateway or to the proxy whose PROXY header says so; an IPv4 address as such, even on a socket that takes
    /// both families.
    /// </summary>
    public IPAddress Peer { get; } = peer;

    /// <summary><see cref="Peer"/> as text, made once per connection.</summary>
    public string PeerText { get; } = peer.ToString();

    /// <summary>Whether <see cref="Peer"/> is who speaks here. Rights that belong to an address are for such connections only.</summary>
    public bool IsNamed { get; } = isNamed;

    /// <summary>Whether what the peer says of his clients, in headers, is believed. Looked up once for each configuration.</summary>
    public bool IsTrusted(TrustedProxies proxies)
    {
        if (ReferenceEquals(proxies, trustedBy))
            return true;
        if (ReferenceEquals(proxies, unknownTo))
            return false;

        if (IsNamed && proxies.Contains(Peer))
        {
            trustedBy = proxies;
            return true;
        }

        unknownTo = proxies;
        return false;
    }
}
