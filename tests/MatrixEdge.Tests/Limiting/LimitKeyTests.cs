using System.Net;
using MatrixEdge.Limiting;
using MatrixEdge.Protocol;

namespace MatrixEdge.Tests.Limiting;

public sealed class LimitKeyTests
{
    [Theory]
    [InlineData("192.0.2.1", "192.0.2.1", true)]
    [InlineData("192.0.2.1", "::ffff:192.0.2.1", true)]
    [InlineData("192.0.2.1", "192.0.2.2", false)]
    [InlineData("2001:db8:0:1::1", "2001:db8:0:1:ffff:ffff:ffff:ffff", true)]
    [InlineData("2001:db8:0:1::1", "2001:db8:0:2::1", false)]
    [InlineData("::1", "::2", true)]
    [InlineData("::1", "0.0.0.1", false)]
    [InlineData("0.0.0.0", "::", false)]
    public void Addresses_of_one_client_are_counted_together(string one, string other, bool together)
    {
        var keys = new[] { one, other }.Select(address => LimitKey.Of(LimitGroup.Login, IPAddress.Parse(address))).ToList();

        Assert.Equal(together, keys[0] == keys[1]);
        Assert.NotEqual(keys[0], LimitKey.Of(LimitGroup.Register, IPAddress.Parse(one)));
    }

    [Theory]
    [InlineData("192.0.2.1", "192.0.2.1")]
    [InlineData("::ffff:192.0.2.1", "192.0.2.1")]
    [InlineData("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64")]
    public void A_client_is_named_as_operators_write_networks(string address, string text) => Assert.Equal(text, LimitKey.Text(IPAddress.Parse(address)));

    [Theory]
    [InlineData("example.org", "example.org", true)]
    [InlineData("example.org", "Example.org", false)]
    [InlineData("example.org", "example.org:8448", false)]
    [InlineData("[2001:db8::1]:8448", "[2001:db8::1]:8448", true)]
    public void Servers_are_told_apart_by_their_names(string one, string other, bool together)
    {
        Assert.True(LimitKey.TryOf(LimitGroup.Federation, one, out var first));
        Assert.True(LimitKey.TryOf(LimitGroup.Federation, other, out var second));

        Assert.Equal(together, first == second);
    }

    [Theory]
    [InlineData("")]
    [InlineData("exämple.org")]
    [InlineData("example.org\n")]
    [InlineData("a b")]
    public void What_is_no_server_name_is_nobodys(string name) => Assert.False(LimitKey.TryOf(LimitGroup.Federation, name, out _));

    [Fact]
    public void A_name_that_is_too_long_is_nobodys()
    {
        Assert.True(LimitKey.TryOf(LimitGroup.Federation, new string('a', 255), out _));
        Assert.False(LimitKey.TryOf(LimitGroup.Federation, new string('a', 256), out _));
    }
}
