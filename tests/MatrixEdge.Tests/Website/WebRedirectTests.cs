using MatrixEdge.Configuration;
using MatrixEdge.Protocol;
using MatrixEdge.Tests.Protocol;
using MatrixEdge.Website;

namespace MatrixEdge.Tests.Website;

public sealed class WebRedirectTests
{
    [Theory]
    [InlineData("https://www.example.com", true, "/", "https://www.example.com/")]
    [InlineData("https://www.example.com/", true, "/", "https://www.example.com/")]
    [InlineData("https://www.example.com", true, "/a/b?c=d&e", "https://www.example.com/a/b?c=d&e")]
    [InlineData("https://www.example.com/", true, "/a", "https://www.example.com/a")]
    [InlineData("https://www.example.com/blog", true, "/a/", "https://www.example.com/blog/a/")]
    [InlineData("https://www.example.com/blog/", true, "/a", "https://www.example.com/blog/a")]
    [InlineData("https://www.example.com:8443", true, "/a", "https://www.example.com:8443/a")]
    [InlineData("https://www.example.com", true, "/%2e%2E/a%2Fb%0d%0aX:%20y?q=%00", "https://www.example.com/%2e%2E/a%2Fb%0d%0aX:%20y?q=%00")]
    [InlineData("https://www.example.com", true, "//evil.example/", "https://www.example.com//evil.example/")]
    [InlineData("https://www.example.com", true, "/@evil.example/", "https://www.example.com/@evil.example/")]
    [InlineData("https://www.example.com", true, "/\\evil.example/", "https://www.example.com/\\evil.example/")]
    [InlineData("https://www.example.com", true, "/.evil.example/", "https://www.example.com/.evil.example/")]
    [InlineData("https://www.example.com", true, "/../../a", "https://www.example.com/../../a")]
    [InlineData("https://www.example.com", true, "/?next=https://evil.example/", "https://www.example.com/?next=https://evil.example/")]
    [InlineData("https://www.example.com", false, "/a/b?c=d", "https://www.example.com")]
    [InlineData("https://www.example.com/we-moved?from=matrix#now", false, "//evil.example/", "https://www.example.com/we-moved?from=matrix#now")]
    [InlineData("http://www.example.com/%7euser/", false, "/", "http://www.example.com/%7euser/")]
    public async Task Leads_there_with_or_without_the_path(string target, bool keepPath, string asked, string location)
    {
        await using var site = await ServedSite.StartAsync(new WebRedirect(new WebsiteRedirect(target, keepPath, Permanent: false)));

        using var response = await site.GetAsync(asked);

        Assert.Equal(302, (int)response.StatusCode);
        Assert.Equal(location, response.Header("Location"));
        Assert.Equal("0", response.Header("Content-Length"));
        Assert.Equal("nosniff", response.Header("X-Content-Type-Options"));
        Assert.Null(response.Header("Strict-Transport-Security"));
    }

    [Theory]
    [InlineData("GET", false, 302)]
    [InlineData("HEAD", false, 302)]
    [InlineData("POST", false, 307)]
    [InlineData("PUT", false, 307)]
    [InlineData("OPTIONS", false, 307)]
    [InlineData("GET", true, 301)]
    [InlineData("HEAD", true, 301)]
    [InlineData("POST", true, 308)]
    [InlineData("DELETE", true, 308)]
    public async Task Keeps_the_method_where_it_matters(string method, bool permanent, int status)
    {
        await using var site = await ServedSite.StartAsync(
            new WebRedirect(new WebsiteRedirect("https://www.example.com", KeepPath: true, permanent)), new OwnHeaders(TimeSpan.FromDays(365)));

        using var response = await site.SendAsync(method, "/a");

        Assert.Equal(status, (int)response.StatusCode);
        Assert.Equal("https://www.example.com/a", response.Header("Location"));
        Assert.Equal("max-age=31536000", response.Header("Strict-Transport-Security"));
    }
}
