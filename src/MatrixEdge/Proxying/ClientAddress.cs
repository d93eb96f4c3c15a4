using System.Collections.Immutable;
using System.Net;
using MatrixEdge.Listening;
using Microsoft.Extensions.Primitives;

namespace MatrixEdge.Proxying;

/// <summary>
/// Who sent a request. The header is believed only from trusted proxies, read from the right (each proxy appends the peer
/// that it saw), up to the first address that is no trusted proxy itself.
/// </summary>
internal static class ClientAddress
{
    public static string Of(ConnectionFacts connection, StringValues forwardedFor, ImmutableArray<IPNetwork> trusted)
    {
        if (trusted.IsEmpty || !IsTrusted(connection.Peer, trusted))
            return connection.PeerText;

        var client = connection.Peer;
        for (var line = forwardedFor.Count - 1; line >= 0; line--)
        {
            var hops = forwardedFor[line].AsSpan();
            while (!hops.IsEmpty)
            {
                var comma = hops.LastIndexOf(',');
                if (!TryParse(hops[(comma + 1)..].Trim(), out var hop))
                    return client.ToString(); // What stands left of garbage was not vouched for.

                client = hop;
                if (!IsTrusted(client, trusted))
                    return client.ToString();
                hops = comma < 0 ? default : hops[..comma];
            }
        }

        return client.ToString();
    }

    public static bool IsTrusted(IPAddress address, ImmutableArray<IPNetwork> trusted)
    {
        foreach (var network in trusted)
        {
            if (network.Contains(address))
                return true;
        }

        return false;
    }

    // Some proxies write a port: "192.0.2.1:4711", "[2001:db8::1]:4711".
    private static bool TryParse(ReadOnlySpan<char> text, out IPAddress address)
    {
        if (text.Length > 0 && text[0] == '[')
        {
            var end = text.IndexOf(']');
            text = end < 0 ? default : text[1..end];
        }
        else if (text.Count(':') == 1)
        {
            text = text[..text.IndexOf(':')];
        }

        if (!IPAddress.TryParse(text, out var parsed))
        {
            address = IPAddress.None;
            return false;
        }

        address = parsed.IsIPv4MappedToIPv6 ? parsed.MapToIPv4() : parsed;
        return true;
    }
}
