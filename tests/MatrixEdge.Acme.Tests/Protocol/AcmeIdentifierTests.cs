namespace MatrixEdge.Acme.Tests.Protocol;

public sealed class AcmeIdentifierTests
{
    [Theory]
    [InlineData("Example.ORG.", "dns", "example.org")]
    [InlineData("*.example.org", "dns", "*.example.org")]
    [InlineData("Bücher.example", "dns", "xn--bcher-kva.example")]
    [InlineData("192.0.2.1", "ip", "192.0.2.1")]
    [InlineData("[2001:DB8::1]", "ip", "2001:db8::1")]
    public void Says_what_kind_of_host_it_is(string host, string type, string value) => Assert.Equal(new AcmeIdentifier(type, value), AcmeIdentifier.Of(host));

    [Theory]
    [InlineData(" ")]
    [InlineData("bücher..example")]
    public void Takes_nothing_that_is_no_host(string host) => Assert.Throws<ArgumentException>(() => AcmeIdentifier.Of(host));
}
