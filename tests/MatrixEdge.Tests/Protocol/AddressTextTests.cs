using System.Net;
using MatrixEdge.Protocol;

namespace MatrixEdge.Tests.Protocol;

public sealed class AddressTextTests
{
    [Theory]
    [InlineData("192.0.2.1", "192.0.2.1")]
    [InlineData("0.0.0.0", "0.0.0.0")]
    [InlineData("255.255.255.255", "255.255.255.255")]
    [InlineData("::", "::")]
    [InlineData("::1", "::1")]
    [InlineData("2001:DB8::A", "2001:db8::a")]
    [InlineData("2001:0db8:0000:0000:0000:0000:0000:000a", "2001:db8::a")]
    [InlineData("::ffff:192.0.2.1", "192.0.2.1")]
    [InlineData("::ffff:c000:201", "192.0.2.1")]
    public void Is_read(string text, string address)
    {
        Assert.True(AddressText.TryParse(text, out var read));
        Assert.Equal(IPAddress.Parse(address), read);
    }

    [Theory]
    [InlineData("")]
    [InlineData("10")]
    [InlineData("10.1")]
    [InlineData("10.0.1")]
    [InlineData("10.0.0.0.1")]
    [InlineData("10..0.1")]
    [InlineData("10.0.0.")]
    [InlineData("010.0.0.1")]
    [InlineData("10.0.0.00")]
    [InlineData("0x10.0.0.1")]
    [InlineData("10.0.0.256")]
    [InlineData("10.0.0.1000")]
    [InlineData("10.0.0.-1")]
    [InlineData("10.0.0.+1")]
    [InlineData("10.0.0.1 ")]
    [InlineData(" 10.0.0.1")]
    [InlineData("10.0.0.1:80")]
    [InlineData("10.0.0.1/8")]
    [InlineData("１０.0.0.1")]
    [InlineData(":")]
    [InlineData(":::")]
    [InlineData("[::1]")]
    [InlineData("[::1]:80")]
    [InlineData("::1/128")]
    [InlineData("fe80::1%2")]
    [InlineData("fe80::1%eth0")]
    [InlineData("2001:db8::1::2")]
    [InlineData("2001:db8:0:0:0:0:0")]
    [InlineData("2001:db8:0:0:0:0:0:0:1")]
    [InlineData("2001:0db80::1")]
    [InlineData("2001:db8::g")]
    [InlineData("localhost")]
    public void Is_refused(string text) => Assert.False(AddressText.TryParse(text, out _));
}
