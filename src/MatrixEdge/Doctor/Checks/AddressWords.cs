using System.Net;
using System.Net.Sockets;

namespace MatrixEdge.Doctor.Checks;

/// <summary>Words for addresses.</summary>
internal static class AddressWords
{
    public static string Family(IPAddress address) => address.AddressFamily == AddressFamily.InterNetworkV6 ? "IPv6" : "IPv4";

    public static string Record(IPAddress address) => address.AddressFamily == AddressFamily.InterNetworkV6 ? "AAAA record" : "A record";
}
