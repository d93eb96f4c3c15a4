using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using MatrixEdge.Protocol;

namespace MatrixEdge.Limiting;

/// <summary>Whose requests of which group are counted together.</summary>
/// <param name="Client">An address, a network of IPv6, or what stands for the name of a server.</param>
internal readonly record struct LimitKey(LimitGroup Group, UInt128 Client)
{
    private static readonly UInt128 Ipv4 = new(0, 0xFFFF_0000_0000);

    /// <summary>All those for whom there is no room of their own.</summary>
    public static LimitKey OfTheRest(LimitGroup group) => new(group, UInt128.MaxValue);

    /// <summary>
    /// An IPv4 address by itself; of an IPv6 address the first 64 bits, since whoever has one usually has the whole of that
    /// network (RFC 6177, RFC 7421), and one host may use any number of its addresses.
    /// </summary>
    public static LimitKey Of(LimitGroup group, IPAddress address) => new(group, Network(address));

    /// <summary>Of a server name, as it is written. False for what is none, so that nobody need be remembered by it.</summary>
    public static bool TryOf(LimitGroup group, ReadOnlySpan<char> serverName, out LimitKey key)
    {
        key = default;
        if (!ServerName.CouldBe(serverName))
            return false;

        // Not a quick hash: two servers must not share an allowance because one of them chose its name so.
        Span<byte> name = stackalloc byte[ServerName.Longest];
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(name[..Encoding.ASCII.GetBytes(serverName, name)], digest);
        key = new LimitKey(group, BinaryPrimitives.ReadUInt128BigEndian(digest));
        return true;
    }

    /// <summary>The address or network as an operator writes it: <c>192.0.2.1</c>, <c>2001:db8:0:1::/64</c>.</summary>
    public static string Text(IPAddress address)
    {
        if (address.AddressFamily != AddressFamily.InterNetworkV6)
            return address.ToString();
        if (address.IsIPv4MappedToIPv6)
            return address.MapToIPv4().ToString();

        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out _);
        bytes[8..].Clear();
        return $"{new IPAddress(bytes)}/64";
    }

    private static UInt128 Network(IPAddress address)
    {
        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out var length);
        if (length == 4)
            return Ipv4 | BinaryPrimitives.ReadUInt32BigEndian(bytes);
        if (address.IsIPv4MappedToIPv6)
            return Ipv4 | BinaryPrimitives.ReadUInt32BigEndian(bytes[12..]);
        return new UInt128(BinaryPrimitives.ReadUInt64BigEndian(bytes), 0);
    }
}
