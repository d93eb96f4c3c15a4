using MatrixEdge.Website;

namespace MatrixEdge.Tests.Website;

public sealed class ContentEncodingTests
{
    [Theory]
    [InlineData("br zstd gzip", "gzip, deflate, br, zstd", "br")]
    [InlineData("zstd gzip", "gzip, deflate, br, zstd", "zstd")]
    [InlineData("gzip", "gzip, deflate, br, zstd", "gzip")]
    [InlineData("br zstd gzip", "gzip", "gzip")]
    [InlineData("br zstd gzip", "x-gzip", "gzip")]
    [InlineData("br zstd gzip", "GZIP", "gzip")]
    [InlineData("br zstd gzip", "gzip;q=1.0, br;q=0.9", "gzip")]
    [InlineData("br zstd gzip", "gzip;q=0.1, br;q=0.2", "br")]
    [InlineData("br zstd gzip", "br;q=0, gzip", "gzip")]
    [InlineData("br zstd gzip", "br;q=0.001", "br")]
    [InlineData("br zstd gzip", "*", "br")]
    [InlineData("br zstd gzip", "*;q=0.5, gzip", "gzip")]
    [InlineData("br zstd gzip", "*, br;q=0", "zstd")]
    [InlineData("br zstd gzip", "*;q=0", null)]
    [InlineData("br zstd gzip", "br;q=0.5, identity", null)]
    [InlineData("br zstd gzip", "br;q=0.5, identity;q=0.5", "br")]
    [InlineData("br zstd gzip", "br, identity;q=0", "br")]
    [InlineData("br zstd gzip", "identity", null)]
    [InlineData("br zstd gzip", "identity;q=0", null)] // nothing that it takes: better than nothing at all
    [InlineData("br zstd gzip", "deflate", null)]
    [InlineData("br zstd gzip", "brotli", null)]
    [InlineData("br zstd gzip", "", null)]
    [InlineData("br zstd gzip", null, null)]
    [InlineData("br zstd gzip", "br;q=x", null)]
    [InlineData("", "br, gzip", null)]
    public void Is_what_the_client_likes_best_of_what_is_there(string there, string? accepted, string? chosen) =>
        Assert.Equal(chosen, ContentEncoding.Choose(
            ContentEncoding.All.Where(encoding => there.Split(' ').Contains(encoding.Name)), accepted)?.Name);
}
