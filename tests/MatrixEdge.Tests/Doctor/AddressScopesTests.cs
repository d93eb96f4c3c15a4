using System.Net;
using MatrixEdge.Doctor.Looking;

namespace MatrixEdge.Tests.Doctor;

public sealed class AddressScopesTests
{
    [Theory]
    [InlineData("8.20.1.1", nameof(AddressScope.Public))]
    [InlineData("1.1.1.1", nameof(AddressScope.Public))]
    [InlineData("2a01:4f8::1", nameof(AddressScope.Public))]
    [InlineData("127.0.0.1", nameof(AddressScope.Loopback))]
    [InlineData("127.255.255.254", nameof(AddressScope.Loopback))]
    [InlineData("::1", nameof(AddressScope.Loopback))]
    [InlineData("9.255.255.255", nameof(AddressScope.Public))]
    [InlineData("10.0.0.0", nameof(AddressScope.Private))]
    [InlineData("10.255.255.255", nameof(AddressScope.Private))]
    [InlineData("11.0.0.0", nameof(AddressScope.Public))]
    [InlineData("172.15.255.255", nameof(AddressScope.Public))]
    [InlineData("172.16.0.1", nameof(AddressScope.Private))]
    [InlineData("172.31.255.255", nameof(AddressScope.Private))]
    [InlineData("172.32.0.0", nameof(AddressScope.Public))]
    [InlineData("192.168.0.1", nameof(AddressScope.Private))]
    [InlineData("192.169.0.1", nameof(AddressScope.Public))]
    [InlineData("100.64.0.1", nameof(AddressScope.Private))]
    [InlineData("100.127.255.255", nameof(AddressScope.Private))]
    [InlineData("100.128.0.0", nameof(AddressScope.Public))]
    [InlineData("fd00::1", nameof(AddressScope.Private))]
    [InlineData("fc00::1", nameof(AddressScope.Private))]
    [InlineData("169.254.169.254", nameof(AddressScope.LinkLocal))]
    [InlineData("fe80::1", nameof(AddressScope.LinkLocal))]
    [InlineData("febf::1", nameof(AddressScope.LinkLocal))]
    [InlineData("0.0.0.0", nameof(AddressScope.None))]
    [InlineData("0.1.2.3", nameof(AddressScope.None))]
    [InlineData("::", nameof(AddressScope.None))]
    [InlineData("192.0.2.1", nameof(AddressScope.None))]
    [InlineData("198.51.100.9", nameof(AddressScope.None))]
    [InlineData("203.0.113.9", nameof(AddressScope.None))]
    [InlineData("198.18.0.1", nameof(AddressScope.None))]
    [InlineData("224.0.0.1", nameof(AddressScope.None))]
    [InlineData("255.255.255.255", nameof(AddressScope.None))]
    [InlineData("2001:db8::1", nameof(AddressScope.None))]
    [InlineData("ff02::1", nameof(AddressScope.None))]
    // An IPv4 address in other clothes.
    [InlineData("::ffff:127.0.0.1", nameof(AddressScope.Loopback))]
    [InlineData("::ffff:8.20.1.1", nameof(AddressScope.Public))]
    [InlineData("::127.0.0.1", nameof(AddressScope.None))]
    [InlineData("64:ff9b::169.254.169.254", nameof(AddressScope.LinkLocal))]
    [InlineData("64:ff9b::8.20.1.1", nameof(AddressScope.Public))]
    [InlineData("64:ff9b:1::10.0.0.1", nameof(AddressScope.Private))]
    [InlineData("2002:0a00:0001::1", nameof(AddressScope.Private))]
    [InlineData("2002:0814:0101::1", nameof(AddressScope.Public))]
    public void Tells_from_where_an_address_can_be_reached(string address, string scope)
    {
        Assert.Equal(Enum.Parse<AddressScope>(scope), IPAddress.Parse(address).Scope());
    }
}
