namespace MatrixEdge.Acme.Tests.Protocol;

public sealed class HeaderTests
{
    private static readonly DateTimeOffset Now = new(2027, 1, 31, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("120", 120)]
    [InlineData(" 0 ", 0)]
    [InlineData("-5", 0)]
    [InlineData("Sun, 31 Jan 2027 12:01:30 GMT", 90)]
    [InlineData("Sun, 31 Jan 2027 11:00:00 GMT", 0)]
    [InlineData("Sunday, 31-Jan-27 12:01:30 GMT", 90)]
    [InlineData("Sun Jan 31 12:01:30 2027", 90)]
    [InlineData("99999999999999999999999", 365 * 86400)]
    [InlineData("Fri, 31 Dec 9999 23:59:59 GMT", 365 * 86400)]
    public void Reads_when_to_come_again(string header, int seconds) =>
        Assert.Equal(TimeSpan.FromSeconds(seconds), RetryAfter.Read(header, Now));

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("soon")]
    [InlineData("1.5")]
    [InlineData("-")]
    [InlineData("12 s")]
    public void Reads_nothing_out_of_nonsense(string? header) => Assert.Null(RetryAfter.Read(header, Now));

    [Theory]
    [InlineData("<https://ca.example/1>;rel=\"alternate\"", "https://ca.example/1 alternate")]
    [InlineData("<https://ca.example/1>; rel=alternate, <https://ca.example/2> ; title=\"a, b; c\" ; REL=\"next up\"", "https://ca.example/1 alternate|https://ca.example/2 next,up")]
    [InlineData("<a,b;c>;rel=index;rel=next", "a,b;c index")]
    [InlineData("<x>", "x ")]
    [InlineData("<x>;rel", "x ")]
    [InlineData("<x>;rel=\"unclosed", "x unclosed")]
    [InlineData("<never closed", "")]
    [InlineData("rel=next", "")]
    [InlineData("", "")]
    public void Reads_links(string header, string expected) =>
        Assert.Equal(expected, string.Join('|', Link.Read([header]).Select(link => $"{link.Target} {string.Join(',', link.Relations)}")));
}
