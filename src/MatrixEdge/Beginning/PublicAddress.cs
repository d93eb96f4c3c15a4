using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using MatrixEdge.Configuration;
using MatrixEdge.Protocol;

namespace MatrixEdge.Beginning;

/// <summary>Names and addresses as homeservers' configurations have them, turned into those of the gateway's.</summary>
internal static class PublicAddress
{
    /// <summary>Ports of the gateway's own, by default.</summary>
    public static readonly int[] GatewayPorts = [80, 443, 8448, 9090];

    /// <summary>A server name, if it is one; what is wrong is told.</summary>
    public static Known<string>? ServerNameFrom(Known<string>? text, Findings findings)
    {
        if (text is null || ServerName.TryParse(text.Value, out _, out var problem))
            return text;

        findings.Problems.Add($"{text.Origin}: {problem}");
        return null;
    }

    /// <summary>The public host in an address such as <c>https://matrix.example.com/</c>.</summary>
    public static Known<string>? HostFrom(Known<string>? address, Findings findings)
    {
        if (address is null)
            return null;

        // A bare name is seen in the wild, too.
        if (!address.Value.Contains("://", StringComparison.Ordinal) && ServerName.TryParse(address.Value.TrimEnd('/'), out var bare, out _))
            return address.As(bare.ToString());
        if (!WebAddress.TryParse(address.Value, out var uri, out var problem))
        {
            findings.Problems.Add($"{address.Origin}: {problem}");
            return null;
        }

        if (uri.PathAndQuery != "/")
            findings.Notes.Add($"{address.Origin} has a path, which is left out: clients find the homeserver at the host's root");
        var host = Host(uri) + (uri.IsDefaultPort ? "" : string.Create(CultureInfo.InvariantCulture, $":{uri.Port}"));
        return ServerNameFrom(address.As(host), findings);
    }

    /// <summary>The host alone, in ASCII, an IPv6 address in brackets.</summary>
    public static string Host(Uri address) => address.HostNameType == UriHostNameType.IPv6 ? address.Host : address.IdnHost;

    /// <summary>
    /// Takes over what was announced to other servers: the port, and the host where no other is known. What the gateway
    /// cannot announce is told.
    /// </summary>
    /// <param name="announced">As in <c>m.server</c>.</param>
    public static Draft WithDelegation(Draft draft, Known<string>? announced, Findings findings)
    {
        if (announced is null || !ServerName.TryParse(announced.Value, out var name, out _))
            return draft;

        var publicHost = draft.PublicHost ?? announced.As(name.Host);
        if (!ServerName.TryParse(publicHost.Value, out var known, out _) || !string.Equals(known.Host, name.Host, StringComparison.OrdinalIgnoreCase))
            findings.Notes.Add($"{announced.Origin} sends other servers to {name.Host}, {publicHost.Origin} clients to {publicHost.Value}: one public host serves both here, so keep {name.Host} leading to this gateway and list it under AdditionalNames, or change it two days before");

        var port = name.Port ?? 8448;
        if (port is 443 or 8448)
            return draft with { PublicHost = publicHost, FederationPort = announced.As(port) };

        findings.Notes.Add($"{announced.Origin} announces port {port} to other servers; 8448 is announced from now on, so keep port {port} open for two days");
        return draft with { PublicHost = publicHost };
    }

    /// <summary>How the gateway reaches a listener that is bound to these addresses: by loopback where it can.</summary>
    public static string ListenerAddress(IReadOnlyCollection<string> addresses, int port, out bool isOpenToAll)
    {
        isOpenToAll = addresses.Count == 0 || addresses.Any(address => address is "0.0.0.0" or "::" or "*");
        var host = isOpenToAll || addresses.Any(address => address is "127.0.0.1" or "localhost") ? "127.0.0.1" : addresses.First();
        if (IsIpv6(host, out var ipv6))
            host = $"[{ipv6}]";
        return string.Create(CultureInfo.InvariantCulture, $"http://{host}:{port}");
    }

    /// <summary>What to know about a listener that is open to all.</summary>
    public static string OpenToAll(string origin) =>
        $"{origin}: this listener is open on all addresses; let a firewall close it to others. Where the gateway runs in a container or on another host, write the homeserver's name in place of 127.0.0.1";

    private static bool IsIpv6(string text, [NotNullWhen(true)] out IPAddress? address) =>
        IPAddress.TryParse(text, out address) && address.AddressFamily == AddressFamily.InterNetworkV6;
}
