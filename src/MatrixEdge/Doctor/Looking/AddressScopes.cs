using System.Net;
using System.Net.Sockets;

namespace MatrixEdge.Doctor.Looking;

/// <summary>Tells the scope of addresses.</summary>
internal static class AddressScopes
{
    private static readonly (IPNetwork Network, AddressScope Scope)[] Known =
    [
        (IPNetwork.Parse("127.0.0.0/8"), AddressScope.Loopback),
        (IPNetwork.Parse("10.0.0.0/8"), AddressScope.Private),
        (IPNetwork.Parse("172.16.0.0/12"), AddressScope.Private),
        (IPNetwork.Parse("192.168.0.0/16"), AddressScope.Private),
        (IPNetwork.Parse("100.64.0.0/10"), AddressScope.Private),
        (IPNetwork.Parse("169.254.0.0/16"), AddressScope.LinkLocal),
        (IPNetwork.Parse("0.0.0.0/8"), AddressScope.None),
        (IPNetwork.Parse("192.0.0.0/24"), AddressScope.None),
        (IPNetwork.Parse("192.0.2.0/24"), AddressScope.None),
        (IPNetwork.Parse("198.18.0.0/15"), AddressScope.None),
        (IPNetwork.Parse("198.51.100.0/24"), AddressScope.None),
        (IPNetwork.Parse("203.0.113.0/24"), AddressScope.None),
        (IPNetwork.Parse("224.0.0.0/3"), AddressScope.None),
        (IPNetwork.Parse("::/128"), AddressScope.None),
        (IPNetwork.Parse("::1/128"), AddressScope.Loopback),
        (IPNetwork.Parse("::/96"), AddressScope.None), // RFC 4291 §2.5.5.1: IPv4 addresses in clothes that nobody wears any more
        (IPNetwork.Parse("64:ff9b:1::/48"), AddressScope.Private), // RFC 8215
        (IPNetwork.Parse("fc00::/7"), AddressScope.Private),
        (IPNetwork.Parse("fe80::/10"), AddressScope.LinkLocal),
        (IPNetwork.Parse("ff00::/8"), AddressScope.None),
        (IPNetwork.Parse("2001:db8::/32"), AddressScope.None),
        (IPNetwork.Parse("100::/64"), AddressScope.None),
    ];

    /// <summary>The scope of an address; an IPv4 address in IPv6 clothes (mapped, or by NAT64 or 6to4) is what it stands for.</summary>
    public static AddressScope Scope(this IPAddress address)
    {
        var plain = Undress(address);
        foreach (var (network, scope) in Known)
        {
            if (network.Contains(plain))
                return scope;
        }

        return AddressScope.Public;
    }

    public static string Words(this AddressScope scope) => scope switch
    {
        AddressScope.Public => "public",
        AddressScope.Private => "private",
        AddressScope.LinkLocal => "link-local",
        AddressScope.Loopback => "of this host itself",
        _ => "reserved, and leads nowhere",
    };

    private static IPAddress Undress(IPAddress address)
    {
        if (address.AddressFamily != AddressFamily.InterNetworkV6)
            return address;
        if (address.IsIPv4MappedToIPv6)
            return address.MapToIPv4();

        var octets = address.GetAddressBytes();
        if (octets is [0x20, 0x02, ..]) // RFC 3056: 6to4
            return new IPAddress(octets.AsSpan(2, 4));
        return octets is [0x00, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0, ..] ? new IPAddress(octets.AsSpan(12, 4)) : address; // RFC 6052: NAT64
    }
}
