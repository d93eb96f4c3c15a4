using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using MatrixEdge.Tests.Protocol;
using MatrixEdge.Website;
using Microsoft.AspNetCore.Http;

namespace MatrixEdge.Tests.Website;

public sealed partial class OwnPageTests
{
    [Fact]
    public async Task Is_a_page_that_needs_nothing_and_runs_nothing()
    {
        await using var site = await Loopback.StartAsync(context => OwnPage.WriteAsync(
            context, 502, "The website <b>cannot</b> be reached", "It & its server are \"away\".", ("Retry-After", "5")));

        using var response = await site.SendAsync("GET", "/");
        var page = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);

        Assert.Equal(502, (int)response.StatusCode);
        Assert.Contains("<title>The website &lt;b&gt;cannot&lt;/b&gt; be reached</title>", page, StringComparison.Ordinal);
        Assert.Contains("<p>It &amp; its server are &quot;away&quot;.</p>", page, StringComparison.Ordinal);
        Assert.Contains("color-scheme:light dark", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<script", page, StringComparison.OrdinalIgnoreCase);
        Assert.Equal("text/html; charset=utf-8", response.Header("Content-Type"));
        Assert.Equal($"{Encoding.UTF8.GetByteCount(page)}", response.Header("Content-Length"));
        Assert.Equal("5", response.Header("Retry-After"));
        Assert.Equal("no-store", response.Header("Cache-Control"));
        Assert.Equal("nosniff", response.Header("X-Content-Type-Options"));

        // The one style that the policy allows is the page's own.
        var hash = Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(Style().Match(page).Groups[1].Value)));
        Assert.Equal(
            $"default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
            response.Header("Content-Security-Policy"));
    }

    [Fact]
    public async Task Drops_what_an_unfinished_answer_has_put_into_the_headers()
    {
        await using var site = await Loopback.StartAsync(context =>
        {
            context.Response.Headers.SetCookie = "session=secret";
            context.Response.Headers.ContentEncoding = "br";
            return OwnPage.WriteAsync(context, 504, "Too slow", "Please try again.");
        });

        using var response = await site.SendAsync("GET", "/");

        Assert.Equal(504, (int)response.StatusCode);
        Assert.Null(response.Header("Set-Cookie"));
        Assert.Null(response.Header("Content-Encoding"));
    }

    [Fact]
    public async Task Cuts_off_an_answer_that_is_on_its_way()
    {
        await using var site = await Loopback.StartAsync(async context =>
        {
            await context.Response.WriteAsync("half of", context.RequestAborted);
            await OwnPage.WriteAsync(context, 502, "Gone", "Please try again.");
        });

        await Assert.ThrowsAnyAsync<Exception>(async () =>
        {
            using var response = await site.SendAsync("GET", "/");
            await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        });
    }

    [Fact]
    public async Task Is_without_body_for_HEAD_and_otherwise_the_same()
    {
        await using var site = await Loopback.StartAsync(context => OwnPage.WriteAsync(context, 404, "Nothing", "Nothing at all."));

        using var get = await site.SendAsync("GET", "/");
        using var head = await site.SendAsync("HEAD", "/");

        Assert.Equal(404, (int)head.StatusCode);
        Assert.Equal(get.Header("Content-Length"), head.Header("Content-Length"));
        Assert.Empty(await head.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
    }

    [GeneratedRegex("<style>(.*?)</style>", RegexOptions.Singleline)]
    private static partial Regex Style();
}
