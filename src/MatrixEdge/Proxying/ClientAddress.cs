using System.Collections.Immutable;
using System.Net;
using MatrixEdge.Configuration;
using MatrixEdge.Listening;
using MatrixEdge.Protocol;
using Microsoft.Extensions.Primitives;

namespace MatrixEdge.Proxying;

/// <summary>
/// Who sent a request. A header is believed only from trusted proxies. X-Forwarded-For is read from the right (each proxy appends the
/// peer that it saw), up to the first address that is no trusted proxy itself; CF-Connecting-IP holds the one address that counts.
/// </summary>
internal static class ClientAddress
{
    private const string ConnectingIp = "CF-Connecting-IP";

    /// <summary>By the header that the configuration chooses.</summary>
    public static string Of(ConnectionFacts connection, IHeaderDictionary headers, TrustedProxies trusted)
    {
        if (trusted.Header != ClientAddressHeader.CfConnectingIp)
            return Of(connection, headers["X-Forwarded-For"], trusted);

        return connection.IsTrusted(trusted) && headers[ConnectingIp] is [{ } only] && AddressText.TryParse(only, out var client)
            ? client.ToString()
            : connection.PeerText;
    }

    /// <summary>By X-Forwarded-For.</summary>
    public static string Of(ConnectionFacts connection, StringValues forwardedFor, TrustedProxies trusted)
    {
        if (!connection.IsTrusted(trusted))
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
                if (!trusted.Contains(client))
                    return client.ToString();
                hops = comma < 0 ? default : hops[..comma];
            }
        }

        return client.ToString();
    }

    /// <summary>Whether an address is of one of these networks.</summary>
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

        return AddressText.TryParse(text, out address);
    }
}
