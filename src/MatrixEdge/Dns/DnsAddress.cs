using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace MatrixEdge.Dns;

/// <summary>How the address of a name server is written: <c>192.0.2.53</c>, <c>192.0.2.53:5353</c>, <c>2001:db8::53</c>, <c>[2001:db8::53]:5353</c>.</summary>
internal static class DnsAddress
{
    public const int Port = 53;

    public static bool TryParse(string text, [NotNullWhen(true)] out IPEndPoint? server)
    {
        server = null;
        if (TryParseAddress(text, out var address))
        {
            server = new IPEndPoint(address, Port);
            return true;
        }

        var colon = text.LastIndexOf(':');
        if (colon < 0 || !TryParsePort(text.AsSpan(colon + 1), out var port))
            return false;

        var host = text[..colon];
        var bracketed = host.StartsWith('[') && host.EndsWith(']');
        if (!TryParseAddress(bracketed ? host[1..^1] : host, out address) || bracketed != (address.AddressFamily == AddressFamily.InterNetworkV6))
            return false;

        server = new IPEndPoint(address, port);
        return true;
    }

    public static bool TryParsePort(ReadOnlySpan<char> text, out int port) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out port) && port is > 0 and <= IPEndPoint.MaxPort;

    // IPAddress takes "10.1" and "012.0.0.1", too, and makes of them what nobody meant.
    private static bool TryParseAddress(string text, [NotNullWhen(true)] out IPAddress? address) =>
        IPAddress.TryParse(text, out address)
        && (address.AddressFamily == AddressFamily.InterNetworkV6 ? !text.StartsWith('[') : address.ToString() == text);
}
