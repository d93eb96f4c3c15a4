using MatrixEdge.Protocol;
using MatrixEdge.Tests.Support;

namespace MatrixEdge.Tests.Protocol;

public class XMatrixTests
{
    [Theory]
    // As the specification writes it, and as servers before it did: no destination, and colons without quotation marks.
    [InlineData("""X-Matrix origin="origin.hs.example.com",destination="destination.hs.example.com",key="ed25519:key1",sig="ABCDEF..." """,
        "origin.hs.example.com", "destination.hs.example.com", "ed25519:key1")]
    [InlineData("X-Matrix origin=origin.example.com,key=\"ed25519:key1\",sig=\"ABC\"", "origin.example.com", "", "ed25519:key1")]
    [InlineData("X-Matrix origin=a.example:8448,destination=b.example:443,key=ed25519:1,sig=a+b/c==", "a.example:8448", "b.example:443", "ed25519:1")]
    [InlineData("X-Matrix origin=[2001:db8::1]:8448,key=ed25519:1,sig=x", "[2001:db8::1]:8448", "", "ed25519:1")]

    // Names and scheme in any case, any order, blanks and empty elements, parameters nobody knows.
    [InlineData("x-matrix ORIGIN=a,Key=k,SIG=s,Destination=b", "a", "b", "k")]
    [InlineData("X-Matrix   sig=s , \t key = \"k\" ,destination\t=\tb,, origin= a ,", "a", "b", "k")]
    [InlineData("X-Matrix origin=a,future=\"x,y=z\",key=k,sig=s", "a", "", "k")]
    [InlineData("X-Matrix origin=\"a\",destination=\"\",key=k", "a", "", "k")]

    // Escapes stand for what follows them.
    [InlineData("""X-Matrix origin="\a\.\\b\"c",key=k,sig=s""", "a.\\b\"c", "", "k")]
    [InlineData("X-Matrix origin=\"a,b=c\",key=k,sig=s", "a,b=c", "", "k")]
    public void Reads_who_sends_to_whom(string header, string origin, string destination, string key)
    {
        var isRead = XMatrix.TryParse(header.TrimEnd(), out var value);

        Assert.True(isRead);
        Assert.Equal(origin, value.Origin);
        Assert.Equal(destination, value.Destination);
        Assert.Equal(key, value.Key);
    }

    [Theory]
    [InlineData("")]
    [InlineData("X-Matrix")]
    [InlineData("X-Matrix ")]
    [InlineData("X-Matrix ,,, ")]
    [InlineData("X-Matrixorigin=a")]
    [InlineData("X-MatrixX origin=a")]
    [InlineData("Bearer origin=a")]
    [InlineData("Bearer syt_abc")]
    [InlineData(" X-Matrix origin=a")]
    [InlineData("X-Matrix origin")]
    [InlineData("X-Matrix origin=")]
    [InlineData("X-Matrix origin=,key=k")]
    [InlineData("X-Matrix origin=\"\",key=k")]
    [InlineData("X-Matrix =a")]
    [InlineData("X-Matrix origin=a b,key=k")]
    [InlineData("X-Matrix origin=a\"b\",key=k")]
    [InlineData("X-Matrix origin=\"a\"b,key=k")]
    [InlineData("X-Matrix origin=\"a")]
    [InlineData("X-Matrix origin=\"a\\")]
    [InlineData("X-Matrix origin=\"a\\\"")]
    [InlineData("X-Matrix origin=a\\b")]
    [InlineData("X-Matrix origin=a;key=k,sig=s,origin=b")]
    [InlineData("X-Matrix or igin=a")]
    [InlineData("X-Matrix \"origin\"=a")]
    [InlineData("X-Matrix origin=a,origin=b")]
    [InlineData("X-Matrix origin=a,ORIGIN=a")]
    [InlineData("X-Matrix origin=a,sig=s,sig=t")]
    [InlineData("X-Matrix key=k,destination=b,sig=s")]
    [InlineData("X-Matrix origin=a,key=k,sig")]
    public void Takes_nothing_from_a_damaged_header(string header) => Assert.False(XMatrix.TryParse(header, out _));

    [Theory]
    [InlineData("X-Matrix origin=a", true)]
    [InlineData("x-matrix\tdamaged", true)]
    [InlineData("X-Matrix", true)]
    [InlineData("X-Matrix2 origin=a", false)]
    [InlineData("Bearer X-Matrix", false)]
    [InlineData("", false)]
    public void Knows_the_scheme(string header, bool isScheme) => Assert.Equal(isScheme, XMatrix.IsScheme(header));

    [Fact]
    public void Survives_every_prefix_and_every_changed_character_of_a_header()
    {
        const string header = "X-Matrix origin=\"a.example:8448\",destination=b.example,key=\"ed25519:\\1\",sig=\"A/b+c=\"";
        for (var end = 0; end < header.Length; end++)
        {
            Assert.True(!XMatrix.TryParse(header.AsSpan(0, end), out var part) || part.Origin is "a.example:8448");
            foreach (var odd in "\"\\,= \0\uFFFF")
                Assert.True(!XMatrix.TryParse(header.Remove(end) + odd + header[(end + 1)..], out var value) || !value.Origin.IsEmpty);
        }
    }

    [Fact]
    public void Allocates_nothing()
    {
        const string header = "X-Matrix origin=\"a.example\",destination=\"b.example\",key=\"ed25519:1\",sig=\"ABC\"";
        Assert.True(XMatrix.TryParse(header, out _));

        Assert.Equal(0, Allocations.Of(() => _ = XMatrix.TryParse(header, out _)));
    }
}
