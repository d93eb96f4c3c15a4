using MatrixEdge.Configuration;

namespace MatrixEdge.Tests.Configuration;

public class WebAddressTests
{
    [Theory]
    [InlineData("https://matrix.example.com")]
    [InlineData("https://matrix.example.com/")]
    [InlineData("http://127.0.0.1:8008")]
    [InlineData("HTTPS://[::1]:8448/sub/path?query#fragment")]
    public void Reads_complete_addresses(string text)
    {
        Assert.True(WebAddress.TryParse(text, out var address, out var problem), problem);
        Assert.Equal(new Uri(text), address);
    }

    [Theory]
    [InlineData("matrix.example.com", "give the complete address, for example \"https://matrix.example.com\"")]
    [InlineData("matrix.example.com:443", "give the complete address, for example \"https://matrix.example.com:443\"")]
    [InlineData("/_matrix", "give a complete address, starting with https://")]
    [InlineData("ftp://example.com", "give a complete address, starting with https://")]
    [InlineData("https://", "give a complete address, for example \"https://matrix.example.com\"")]
    [InlineData("https://example.com ", "take out the space")]
    [InlineData("https://me:secret@example.com", "leave out the user name and password: everybody can read this address")]
    public void Tells_how_to_mend_what_is_not_an_address(string text, string remedy)
    {
        Assert.False(WebAddress.TryParse(text, out _, out var problem));
        Assert.Equal(remedy, problem);
    }
}
