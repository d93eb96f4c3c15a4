using MatrixEdge.Listening;
using MatrixEdge.Tests.Support;

namespace MatrixEdge.Tests.Listening;

/// <summary>Whom a certificate is for.</summary>
public sealed class CertificateBundleTests
{
    private readonly CertificateBundle bundle = new(new TestAuthority().Issue("example.com", "*.example.com").Leaf, []);

    [Theory]
    [InlineData("example.com")]
    [InlineData("matrix.example.com")]
    [InlineData("*.example.com")]
    [InlineData("*.EXAMPLE.com")]
    public void It_is_for_its_names_for_hosts_below_its_wildcard_and_for_the_wildcard_itself(string name) =>
        Assert.Empty(bundle.Missing([name]));

    [Theory]
    [InlineData("a.b.example.com")]
    [InlineData("example.org")]
    [InlineData("*.example.org")]
    [InlineData("*.matrix.example.com")]
    public void It_is_for_no_others_wildcards_or_not(string name) =>
        Assert.Equal([name], bundle.Missing([name]));
}
