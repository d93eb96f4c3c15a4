using System.Globalization;
using System.Net;
using System.Text;
using MatrixEdge.Protocol;
using MatrixEdge.Tests.Protocol;
using MatrixEdge.Tests.Support;
using MatrixEdge.Website;

namespace MatrixEdge.Tests.Website;

public sealed class DirectoryFilesTests : IDisposable
{
    private static readonly DateTime Written = new(2026, 3, 1, 12, 0, 0, DateTimeKind.Utc);

    private readonly TemporaryFolder folder = new();
    private readonly DirectoryFiles files;

    public DirectoryFilesTests()
    {
        files = new DirectoryFiles(folder.File("site"), FileManners.OfWebsite, TimeProvider.System);
        File.WriteAllText(folder.File("secret.txt"), "SECRET");
        Write("index.html", "<h1>Home</h1>");
        Write("style.css", "h1{}");
        Write("blog/index.html", "<h1>Blog</h1>");
        Write("empty/readme.txt", "no index here");
    }

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("/", "<h1>Home</h1>", "text/html; charset=utf-8", "no-cache")]
    [InlineData("/index.html", "<h1>Home</h1>", "text/html; charset=utf-8", "no-cache")]
    [InlineData("/?a=b", "<h1>Home</h1>", "text/html; charset=utf-8", "no-cache")]
    [InlineData("/style.css?v=3", "h1{}", "text/css; charset=utf-8", "public, max-age=3600")]
    [InlineData("/%73tyle.css", "h1{}", "text/css; charset=utf-8", "public, max-age=3600")]
    [InlineData("/blog/", "<h1>Blog</h1>", "text/html; charset=utf-8", "no-cache")]
    public async Task Sends_a_file_with_all_that_is_known_of_it(string target, string content, string type, string cacheControl)
    {
        await using var site = await ServedSite.StartAsync(files, new OwnHeaders(TimeSpan.FromDays(30)));

        using var response = await site.GetAsync(target);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(content, await response.Content.ReadAsStringAsync(Stop));
        Assert.Equal(type, response.Header("Content-Type"));
        Assert.Equal(cacheControl, response.Header("Cache-Control"));
        Assert.Equal("Sun, 01 Mar 2026 12:00:00 GMT", response.Header("Last-Modified"));
        Assert.Equal(string.Create(CultureInfo.InvariantCulture, $"\"{Written.Ticks:x}-{content.Length:x}\""), response.Header("ETag"));
        Assert.Equal("bytes", response.Header("Accept-Ranges"));
        Assert.Equal("nosniff", response.Header("X-Content-Type-Options"));
        Assert.Equal("max-age=2592000", response.Header("Strict-Transport-Security"));
        Assert.Null(response.Header("Vary"));
        Assert.Null(response.Header("Content-Security-Policy"));
    }

    [Theory]
    [InlineData("a.js", "text/javascript; charset=utf-8")]
    [InlineData("a.mjs", "text/javascript; charset=utf-8")]
    [InlineData("a.JS", "text/javascript; charset=utf-8")]
    [InlineData("a.json", "application/json")]
    [InlineData("a.js.map", "application/json")]
    [InlineData("a.txt", "text/plain; charset=utf-8")]
    [InlineData("a.md", "text/markdown; charset=utf-8")]
    [InlineData("a.htm", "text/html; charset=utf-8")]
    [InlineData("a.svg", "image/svg+xml")]
    [InlineData("a.xml", "text/xml")]
    [InlineData("a.png", "image/png")]
    [InlineData("a.avif", "image/avif")]
    [InlineData("a.webp", "image/webp")]
    [InlineData("a.woff2", "font/woff2")]
    [InlineData("a.wasm", "application/wasm")]
    [InlineData("a.webmanifest", "application/manifest+json")]
    [InlineData("a.pdf", "application/pdf")]
    [InlineData("a.mp4", "video/mp4")]
    [InlineData("a.unheard-of", "application/octet-stream")]
    [InlineData("LICENSE", "application/octet-stream")]
    public void Says_what_it_is_by_its_name(string name, string type) => Assert.Equal(type, MediaTypes.Of(name));

    [Theory]
    [InlineData("/")]
    [InlineData("/style.css")]
    [InlineData("/blog")]
    [InlineData("/missing")]
    [InlineData("/empty.txt")]
    public async Task Says_to_HEAD_what_it_says_to_GET(string target)
    {
        Write("empty.txt", "");
        Write("style.css.gz", "compressed");
        await using var site = await ServedSite.StartAsync(files);

        using var get = await site.GetAsync(target, ("Accept-Encoding", "gzip"));
        using var head = await site.SendAsync("HEAD", target, ("Accept-Encoding", "gzip"));

        Assert.Equal(Headers(get), Headers(head));
        Assert.Equal(get.StatusCode, head.StatusCode);
        Assert.Empty(await head.Content.ReadAsByteArrayAsync(Stop));
    }

    [Theory]
    [InlineData("POST")]
    [InlineData("PUT")]
    [InlineData("DELETE")]
    [InlineData("OPTIONS")]
    [InlineData("PROPFIND")]
    public async Task Can_only_be_read(string method)
    {
        await using var site = await ServedSite.StartAsync(files);

        using var response = await site.SendAsync(method, "/");

        Assert.Equal(HttpStatusCode.MethodNotAllowed, response.StatusCode);
        Assert.Equal("GET, HEAD", response.Header("Allow"));
        Assert.Equal("text/html; charset=utf-8", response.Header("Content-Type"));
    }

    [Theory]
    [InlineData("/blog", "/blog/")]
    [InlineData("/blog?a=b&c", "/blog/?a=b&c")]
    [InlineData("/bl%6Fg?%2F", "/bl%6Fg/?%2F")]
    public async Task Leads_to_a_folder_by_its_slash_so_that_its_links_hold(string target, string location)
    {
        await using var site = await ServedSite.StartAsync(files);

        using var response = await site.GetAsync(target);

        Assert.Equal(HttpStatusCode.MovedPermanently, response.StatusCode);
        Assert.Equal(location, response.Header("Location"));
        Assert.Equal("no-cache", response.Header("Cache-Control"));
    }

    [Theory]
    [InlineData("/missing")]
    [InlineData("/missing/")]
    [InlineData("/missing/deeper.html")]
    [InlineData("/empty")] // no listings, and no word of the folder
    [InlineData("/empty/")]
    [InlineData("/style.css/")]
    [InlineData("/style.css/x")]
    [InlineData("/STYLE.CSS")]
    [InlineData("/../secret.txt")]
    [InlineData("/%2e%2e/secret.txt")]
    [InlineData("/..%2fsecret.txt")]
    [InlineData("/blog/..%5c..%5csecret.txt")]
    [InlineData("//secret.txt")]
    [InlineData("/.env")]
    [InlineData("/.git/config")]
    [InlineData("/blog/.htaccess")]
    [InlineData("/.well-known/.secret")]
    [InlineData("/.well-known/matrix/client")]
    [InlineData("/.well-known/%6Datrix/client")]
    [InlineData("/link-out.txt")]
    [InlineData("/link-up.txt")]
    [InlineData("/folder-out/secret.txt")]
    [InlineData("/folder-out/")]
    [InlineData("/folder-sibling/secret.txt")]
    [InlineData("/blog/link-out.txt")]
    [InlineData("/circle/x")]
    [InlineData("/circle")]
    [InlineData("/dangling")]
    public async Task Shows_nothing_that_is_hidden_missing_or_outside(string target)
    {
        foreach (var hidden in new[] { ".env", ".git/config", "blog/.htaccess", ".well-known/.secret", ".well-known/matrix/client" })
            Write(hidden, "SECRET");
        Directory.CreateDirectory(folder.File("site-too"));
        File.WriteAllText(folder.File("site-too/secret.txt"), "SECRET");
        Link("link-out.txt", folder.File("secret.txt"));
        Link("link-up.txt", "../secret.txt");
        Link("folder-out", folder.Path);
        Link("folder-sibling", "../site-too");
        Link("blog/link-out.txt", "../../secret.txt");
        Link("circle", "circle");
        Link("dangling", "nowhere");
        await using var site = await ServedSite.StartAsync(files);

        using var response = await site.GetAsync(target);
        var page = await response.Content.ReadAsStringAsync(Stop);

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.Contains("There is nothing here", page, StringComparison.Ordinal);
        Assert.DoesNotContain("SECRET", page, StringComparison.Ordinal);
        Assert.Empty(site.Events.Messages);
    }

    [Theory]
    [InlineData("/.well-known/security.txt")]
    [InlineData("/link-within.txt")]
    [InlineData("/folder-within/post.txt")]
    [InlineData("/current/post.txt")]
    [InlineData("/out-and-in.txt")]
    public async Task Shows_well_known_files_and_follows_links_that_stay_within(string target)
    {
        foreach (var name in new[] { ".well-known/security.txt", "blog/post.txt", "..2026_03_01/post.txt" })
            Write(name, "PUBLIC");
        Link("link-within.txt", "blog/post.txt");
        Link("folder-within", "blog");
        Link("..data", "..2026_03_01"); // as Kubernetes mounts a ConfigMap
        Link("current", "..data");
        Link("out-and-in.txt", "../site/blog/./post.txt");
        await using var site = await ServedSite.StartAsync(files);

        using var response = await site.GetAsync(target);

        Assert.Equal("PUBLIC", await response.Content.ReadAsStringAsync(Stop));
    }

    [Fact]
    public async Task Follows_the_link_that_the_directory_is_to_where_it_leads_now()
    {
        Directory.CreateDirectory(folder.File("release-2"));
        File.WriteAllText(folder.File("release-2/index.html"), "two");
        File.CreateSymbolicLink(folder.File("www"), "site");
        await using var site = await ServedSite.StartAsync(new DirectoryFiles(folder.File("www"), FileManners.OfWebsite, TimeProvider.System));

        using var before = await site.GetAsync("/");
        Directory.Delete(folder.File("www")); // the link alone
        File.CreateSymbolicLink(folder.File("www"), "release-2");
        using var after = await site.GetAsync("/");

        Assert.Equal("<h1>Home</h1>", await before.Content.ReadAsStringAsync(Stop));
        Assert.Equal("two", await after.Content.ReadAsStringAsync(Stop));
    }

    [Fact]
    public async Task Shows_the_404_page_of_the_directory()
    {
        Write("404.html", "<h1>Lost</h1>");
        Write("404.html.gz", "compressed");
        await using var site = await ServedSite.StartAsync(files);

        using var plain = await site.GetAsync("/missing", ("If-None-Match", "*"), ("Range", "bytes=0-1"));
        using var compressed = await site.GetAsync("/missing", ("Accept-Encoding", "gzip"));
        using var itself = await site.GetAsync("/404.html");

        Assert.Equal(HttpStatusCode.NotFound, plain.StatusCode);
        Assert.Equal("<h1>Lost</h1>", await plain.Content.ReadAsStringAsync(Stop));
        Assert.Equal("no-cache", plain.Header("Cache-Control"));
        Assert.Null(plain.Header("ETag"));
        Assert.Equal(HttpStatusCode.NotFound, compressed.StatusCode);
        Assert.Equal("gzip", compressed.Header("Content-Encoding"));
        Assert.Equal(HttpStatusCode.OK, itself.StatusCode);
    }

    [Fact]
    public async Task Sends_nothing_to_who_has_it_and_a_part_to_who_asks_for_one()
    {
        Write("film.mp4", "0123456789");
        await using var site = await ServedSite.StartAsync(files);
        using var whole = await site.GetAsync("/film.mp4");
        var tag = whole.Header("ETag")!;

        using var known = await site.GetAsync("/film.mp4", ("If-None-Match", tag));
        using var changed = await site.GetAsync("/film.mp4", ("If-Match", "\"other\""));
        using var part = await site.GetAsync("/film.mp4", ("Range", "bytes=2-4"), ("If-Range", tag));
        using var behind = await site.GetAsync("/film.mp4", ("Range", "bytes=10-"));

        Assert.Equal(HttpStatusCode.NotModified, known.StatusCode);
        Assert.Equal((tag, "public, max-age=3600"), (known.Header("ETag"), known.Header("Cache-Control")));
        Assert.Null(known.Header("Content-Type"));
        Assert.Equal(HttpStatusCode.PreconditionFailed, changed.StatusCode);
        Assert.Equal(HttpStatusCode.PartialContent, part.StatusCode);
        Assert.Equal("234", await part.Content.ReadAsStringAsync(Stop));
        Assert.Equal(("bytes 2-4/10", "3", "video/mp4"), (part.Header("Content-Range"), part.Header("Content-Length"), part.Header("Content-Type")));
        Assert.Equal(HttpStatusCode.RequestedRangeNotSatisfiable, behind.StatusCode);
        Assert.Equal("bytes */10", behind.Header("Content-Range"));
        Assert.Equal(0, files.OpenCount);
    }

    [Fact]
    public async Task Sends_the_compressed_file_to_who_understands_it()
    {
        Write("app.js", "the script itself");
        Write("app.js.br", "as brotli");
        Write("app.js.gz", "as gzip");
        await using var site = await ServedSite.StartAsync(files);

        using var brotli = await site.GetAsync("/app.js", ("Accept-Encoding", "gzip, deflate, br, zstd"));
        using var gzip = await site.GetAsync("/app.js", ("Accept-Encoding", "gzip"));
        using var plain = await site.GetAsync("/app.js");
        using var part = await site.GetAsync("/app.js", ("Accept-Encoding", "gzip"), ("Range", "bytes=3-"));
        using var otherTag = await site.GetAsync("/app.js", ("Accept-Encoding", "gzip"), ("If-None-Match", brotli.Header("ETag")!));
        using var itself = await site.GetAsync("/app.js.br", ("Accept-Encoding", "br"));

        Assert.Equal("as brotli", await brotli.Content.ReadAsStringAsync(Stop));
        Assert.Equal(("br", "9"), (brotli.Header("Content-Encoding"), brotli.Header("Content-Length")));
        Assert.Equal("as gzip", await gzip.Content.ReadAsStringAsync(Stop));
        Assert.Equal("the script itself", await plain.Content.ReadAsStringAsync(Stop));
        Assert.Null(plain.Header("Content-Encoding"));
        Assert.All([brotli, gzip, plain, part], response => Assert.Equal("Accept-Encoding", response.Header("Vary")));
        Assert.All([brotli, gzip, plain, part], response => Assert.Equal("text/javascript; charset=utf-8", response.Header("Content-Type")));
        Assert.Equal(3, new[] { brotli, gzip, plain }.Select(response => response.Header("ETag")).Distinct().Count());
        Assert.Equal("gzip", await part.Content.ReadAsStringAsync(Stop));
        Assert.Equal("bytes 3-6/7", part.Header("Content-Range"));
        Assert.Equal(HttpStatusCode.OK, otherTag.StatusCode);
        Assert.Equal("application/octet-stream", itself.Header("Content-Type"));
        Assert.Null(itself.Header("Content-Encoding"));
    }

    [Fact]
    public async Task Never_sends_a_compressed_file_that_is_older_empty_or_elsewhere()
    {
        Write("old.js", "new");
        Write("old.js.br", "old", Written.AddSeconds(-1));
        Write("cut.js", "whole");
        Write("cut.js.br", "");
        Write("out.js", "inside");
        Link("out.js.br", folder.File("secret.txt"));
        await using var site = await ServedSite.StartAsync(files);

        foreach (var (target, content) in new[] { ("/old.js", "new"), ("/cut.js", "whole"), ("/out.js", "inside") })
        {
            using var response = await site.GetAsync(target, ("Accept-Encoding", "br"));

            Assert.Equal(content, await response.Content.ReadAsStringAsync(Stop));
            Assert.Null(response.Header("Content-Encoding"));
            Assert.Null(response.Header("Vary"));
        }
    }

    [Fact]
    public async Task Sends_twenty_megabytes_byte_for_byte()
    {
        var content = WriteLarge("large.bin");
        await using var site = await ServedSite.StartAsync(files);

        using var whole = await site.GetAsync("/large.bin");
        using var part = await site.GetAsync("/large.bin", ("Range", "bytes=9999999-19999999"));

        Assert.True((await whole.Content.ReadAsByteArrayAsync(Stop)).AsSpan().SequenceEqual(content));
        Assert.True((await part.Content.ReadAsByteArrayAsync(Stop)).AsSpan().SequenceEqual(content.AsSpan(9999999, 10000001)));
    }

    [Fact]
    public async Task Finishes_with_the_old_file_when_a_new_one_takes_its_place()
    {
        var content = WriteLarge("large.bin");
        await using var site = await ServedSite.StartAsync(files);
        using var response = await site.SendAsync("GET", "/large.bin", HttpCompletionOption.ResponseHeadersRead);

        Write("large.bin.new", "new");
        File.Move(Path("large.bin.new"), Path("large.bin"), overwrite: true);
        using var after = await site.GetAsync("/large.bin");

        Assert.Equal("new", await after.Content.ReadAsStringAsync(Stop));
        Assert.True((await response.Content.ReadAsByteArrayAsync(Stop)).AsSpan().SequenceEqual(content));
    }

    [Fact]
    public async Task Breaks_off_when_the_file_is_cut_short_and_logs_no_exception()
    {
        WriteLarge("large.bin");
        await using var site = await ServedSite.StartAsync(files);
        using var response = await site.SendAsync("GET", "/large.bin", HttpCompletionOption.ResponseHeadersRead);

        await using (var file = new FileStream(Path("large.bin"), FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
            file.SetLength(1000);

        await Assert.ThrowsAnyAsync<Exception>(() => response.Content.ReadAsByteArrayAsync(Stop));
        await ClosedAsync();
        Assert.Empty(site.Events.Messages);
    }

    [Fact]
    public async Task Opens_a_file_once_for_hundreds_who_read_it_slowly()
    {
        WriteLarge("large.bin");
        await using var site = await ServedSite.StartAsync(files);

        var responses = await Task.WhenAll(Enumerable.Range(0, 300).Select(_ => site.SendAsync("GET", "/large.bin", HttpCompletionOption.ResponseHeadersRead)));

        Assert.All(responses, response => Assert.Equal(HttpStatusCode.OK, response.StatusCode));
        Assert.Equal(1, files.OpenCount);
        foreach (var response in responses)
            response.Dispose();
        await ClosedAsync();
        Assert.Empty(site.Events.Messages);
    }

    [Fact]
    public async Task Says_that_a_file_cannot_be_read_and_tells_the_operator_why()
    {
        // Root may read everything, but not what somebody has locked.
        await using var locked = new FileStream(Path("style.css"), FileMode.Open, FileAccess.ReadWrite, FileShare.None);
        await using var site = await ServedSite.StartAsync(files);

        using var response = await site.GetAsync("/style.css");

        Assert.Equal(HttpStatusCode.InternalServerError, response.StatusCode);
        Assert.DoesNotContain(folder.Path, await response.Content.ReadAsStringAsync(Stop), StringComparison.Ordinal);
        Assert.Contains("style.css", site.Reason, StringComparison.Ordinal);
        Assert.Empty(site.Events.Messages);
    }

    [Fact]
    public async Task Does_not_wait_for_what_is_no_file()
    {
        using var pipe = System.Diagnostics.Process.Start("mkfifo", [Path("pipe"), Path("style.css.br")]);
        await pipe.WaitForExitAsync(Stop);
        await using var site = await ServedSite.StartAsync(files);

        using var response = await site.GetAsync("/pipe");
        using var style = await site.GetAsync("/style.css", ("Accept-Encoding", "br"));

        Assert.Empty(await response.Content.ReadAsByteArrayAsync(Stop));
        Assert.Equal("h1{}", await style.Content.ReadAsStringAsync(Stop));
    }

    public void Dispose() => folder.Dispose();

    private async Task ClosedAsync()
    {
        while (files.OpenCount > 0)
            await Task.Delay(5, Stop);
    }

    private static string Headers(HttpResponseMessage response) =>
        string.Join('\n', response.Headers.NonValidated.Concat(response.Content.Headers.NonValidated)
            .Where(header => header.Key != "Date").Select(header => $"{header.Key}: {header.Value}").Order(StringComparer.Ordinal));

    private string Path(string name) => folder.File("site/" + name);

    private void Write(string name, string content, DateTime? written = null)
    {
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(Path(name))!);
        File.WriteAllText(Path(name), content, new UTF8Encoding(false));
        File.SetLastWriteTimeUtc(Path(name), written ?? Written);
    }

    private byte[] WriteLarge(string name)
    {
        var content = new byte[20_000_000];
        new Random(7).NextBytes(content);
        File.WriteAllBytes(Path(name), content);
        File.SetLastWriteTimeUtc(Path(name), Written);
        return content;
    }

    private void Link(string name, string target) => File.CreateSymbolicLink(Path(name), target);
}
