using MatrixEdge.Dns;

namespace MatrixEdge.Tests.Dns;

public sealed class DnsNameTests
{
    [Theory]
    [InlineData("example.org", "example.org")]
    [InlineData("example.org.", "example.org")]
    [InlineData("_acme-challenge.Example.ORG", "_acme-challenge.Example.ORG")]
    [InlineData("*.example.org", "*.example.org")]
    [InlineData(".", ".")]
    [InlineData(@"first\.last.example.org", @"first\.last.example.org")]
    [InlineData(@"\065\255\\.example", @"A\255\\.example")]
    public void Reads_as_it_was_written(string text, string expected) => Assert.Equal(expected, DnsName.Parse(text).ToString());

    [Theory]
    [InlineData("")]
    [InlineData("..")]
    [InlineData(".example.org")]
    [InlineData("example..org")]
    [InlineData("example.org..")]
    [InlineData("exämple.org")]
    [InlineData(@"\ä.org")]
    [InlineData(@"\256.org")]
    [InlineData(@"\25")]
    [InlineData(@"example\")]
    public void Refuses_what_is_no_name(string text) => Assert.False(DnsName.TryParse(text, out _));

    [Fact]
    public void Keeps_the_limits_of_labels_and_names()
    {
        var label = new string('a', 63);
        var longest = $"{label}.{label}.{label}.{new string('a', 61)}";

        Assert.Equal(255, DnsName.Parse(longest).Octets.Length);
        Assert.False(DnsName.TryParse(longest + "a", out _));
        Assert.False(DnsName.TryParse(longest + ".a", out _));
        Assert.False(DnsName.TryParse(label + "a.org", out _));
        Assert.False(DnsName.TryParse(new string('a', 100_000), out _));
    }

    [Fact]
    public void Upper_and_lower_case_are_the_same_name()
    {
        Assert.Equal(DnsName.Parse("Example.ORG"), DnsName.Parse("example.org"));
        Assert.Equal(DnsName.Parse("Example.ORG").GetHashCode(), DnsName.Parse("example.org").GetHashCode());
        Assert.Equal(DnsName.Parse(@"\255A"), DnsName.Parse(@"\255a"));
        Assert.NotEqual(DnsName.Parse("example.org"), DnsName.Parse("example.com"));
        Assert.Equal("\aexample\u0003org\0"u8.ToArray(), DnsName.Parse("Example.ORG").ToCanonical());
    }

    [Theory]
    [InlineData("a.example.org", "example.org", true)]
    [InlineData("a.EXAMPLE.org", "example.ORG", true)]
    [InlineData("example.org", "example.org", true)]
    [InlineData("example.org", ".", true)]
    [InlineData("badexample.org", "example.org", false)]
    [InlineData("org", "example.org", false)]
    [InlineData("example.com", "example.org", false)]
    public void Knows_what_is_within_a_zone(string name, string zone, bool expected) =>
        Assert.Equal(expected, DnsName.Parse(name).IsWithin(DnsName.Parse(zone)));

    [Fact]
    public void Goes_up_to_the_root()
    {
        var name = DnsName.Parse("a.example");

        Assert.Equal("example", name.Parent!.ToString());
        Assert.True(name.Parent.Parent!.IsRoot);
        Assert.Null(name.Parent.Parent.Parent);
    }
}
