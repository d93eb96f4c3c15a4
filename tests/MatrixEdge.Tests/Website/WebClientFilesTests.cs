using System.Net;
using System.Text.Json.Nodes;
using MatrixEdge.Configuration;
using MatrixEdge.Delegation;
using MatrixEdge.Protocol;
using MatrixEdge.Tests.Protocol;
using MatrixEdge.Tests.Support;
using MatrixEdge.Website;

namespace MatrixEdge.Tests.Website;

public sealed class WebClientFilesTests : IDisposable
{
    private const string Homeserver = """{ "m.homeserver": { "base_url": "https://matrix.example.com", "server_name": "example.com" } }""";

    private readonly TemporaryFolder folder = new();

    public WebClientFilesTests()
    {
        Write("index.html", "<h1>Client</h1>");
        Write("bundles/0a1b2c3d/bundle.js", "script");
        Write("config.sample.json", "{}");
        foreach (var name in new[] { "version", "sw.js", "i18n/languages.json", "themes/light.css", "mobile_guide/index.html", "welcome.html" })
            Write(name, "x");
    }

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public static TheoryData<string?, string?, string?, string> Layers => new()
    {
        // what is in the directory, what is in the configuration, what the client document has besides, what comes out
        { null, null, null, $$"""{ "default_server_config": {{Homeserver}} }""" },
        {
            null, """{ "brand": "Ours", "setting_defaults": { "language": "de" } }""", null,
            $$"""{ "default_server_config": {{Homeserver}}, "brand": "Ours", "setting_defaults": { "language": "de" } }"""
        },
        {
            """{ "brand": "Sample", "features": { "a": true, "b": true } }""", """{ "brand": "Ours", "features": { "b": false } }""", null,
            $$"""{ "brand": "Ours", "features": { "a": true, "b": false }, "default_server_config": {{Homeserver}} }"""
        },
        {
            """
            {
              "default_server_config": { "m.homeserver": { "base_url": "https://matrix-client.matrix.org" }, "m.identity_server": { "base_url": "https://vector.im" } },
              "default_server_name": "matrix.org", "default_hs_url": "https://matrix.org", "default_is_url": "https://vector.im", "brand": "Sample"
            }
            """, null, null,
            $$"""{ "brand": "Sample", "default_server_config": {{Homeserver}} }"""
        },
        {
            null, """{ "default_server_config": { "m.homeserver": { "server_name": "Our server" }, "com.example.x": 1 } }""",
            """{ "m.identity_server": { "base_url": "https://identity.example.com" }, "com.example.y": 2 }""",
            """
            { "default_server_config": {
                "m.homeserver": { "base_url": "https://matrix.example.com", "server_name": "Our server" },
                "m.identity_server": { "base_url": "https://identity.example.com" }, "com.example.x": 1 } }
            """
        },
        { "not json", """{ "brand": "Ours" }""", null, $$"""{ "default_server_config": {{Homeserver}}, "brand": "Ours" }""" },
        { "[]", null, null, $$"""{ "default_server_config": {{Homeserver}} }""" },
        { """{ "brand": "a", "brand": "b" }""", null, null, $$"""{ "default_server_config": {{Homeserver}} }""" },
        { "", null, null, $$"""{ "default_server_config": {{Homeserver}} }""" },
    };

    [Theory]
    [MemberData(nameof(Layers))]
    public async Task Makes_a_config_that_leads_to_the_site(string? file, string? configured, string? additions, string expected)
    {
        if (file is not null)
            Write("config.json", file);
        await using var site = await ServedSite.StartAsync(Client(configured, additions));

        foreach (var target in new[] { "/config.json", "/config.app.example.com.json", "/config%2ejson?cachebuster=1" })
        {
            using var response = await site.GetAsync(target);
            var config = JsonNode.Parse(await response.Content.ReadAsStringAsync(Stop));

            Assert.True(JsonNode.DeepEquals(JsonNode.Parse(expected), config), config!.ToJsonString());
            Assert.Equal("application/json", response.Header("Content-Type"));
            Assert.Equal("no-cache", response.Header("Cache-Control"));
            Assert.Equal("nosniff", response.Header("X-Content-Type-Options"));
        }
    }

    [Fact]
    public async Task Takes_up_a_file_that_changes_and_tells_when_it_is_of_no_use()
    {
        Write("config.json", """{ "brand": "One" }""");
        await using var site = await ServedSite.StartAsync(Client());

        Assert.Contains("One", await ReadAsync("/config.json"), StringComparison.Ordinal);
        Write("config.json", """{ "brand": "Second" }""");
        Assert.Contains("Second", await ReadAsync("/config.json"), StringComparison.Ordinal);
        Assert.Null(site.Reason);
        Write("config.json", """{ "brand": "Third",, }""");
        Assert.DoesNotContain("Third", await ReadAsync("/config.json"), StringComparison.Ordinal);
        Assert.Contains($"{folder.File("config.json")} is left out: ", site.Reason, StringComparison.Ordinal);
        Write("config.app.example.com.json", """{ "brand": "Fourth" }""");
        Assert.Contains("Fourth", await ReadAsync("/config.json"), StringComparison.Ordinal);

        async Task<string> ReadAsync(string target)
        {
            using var response = await site.GetAsync(target);
            return await response.Content.ReadAsStringAsync(Stop);
        }
    }

    [Fact]
    public async Task Sends_the_config_once_to_who_keeps_it()
    {
        await using var site = await ServedSite.StartAsync(Client());
        using var first = await site.GetAsync("/config.json");

        using var again = await site.GetAsync("/config.json", ("If-None-Match", first.Header("ETag")!));
        using var head = await site.SendAsync("HEAD", "/config.json");
        using var post = await site.SendAsync("POST", "/config.json");

        Assert.Equal(HttpStatusCode.NotModified, again.StatusCode);
        Assert.Equal(first.Header("Content-Length"), head.Header("Content-Length"));
        Assert.Equal(HttpStatusCode.MethodNotAllowed, post.StatusCode);
    }

    [Theory]
    [InlineData("/", "no-cache")]
    [InlineData("/index.html", "no-cache")]
    [InlineData("/version", "no-cache")]
    [InlineData("/sw.js", "no-cache")]
    [InlineData("/config.sample.json", "no-cache")]
    [InlineData("/i18n/languages.json", "no-cache")]
    [InlineData("/mobile_guide/", "no-cache")]
    [InlineData("/welcome.html", "no-cache")]
    [InlineData("/bundles/0a1b2c3d/bundle.js", "public, max-age=31536000, immutable")]
    [InlineData("/themes/light.css", "public, max-age=3600")]
    public async Task Keeps_for_good_what_never_changes_and_asks_for_what_an_update_changes(string target, string cacheControl)
    {
        await using var site = await ServedSite.StartAsync(Client(), new OwnHeaders(TimeSpan.FromDays(1)));

        using var response = await site.GetAsync(target);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(cacheControl, response.Header("Cache-Control"));
        Assert.Equal("frame-ancestors 'self'", response.Header("Content-Security-Policy"));
        Assert.Equal("SAMEORIGIN", response.Header("X-Frame-Options"));
        Assert.Equal("nosniff", response.Header("X-Content-Type-Options"));
        Assert.Equal("max-age=86400", response.Header("Strict-Transport-Security"));
    }

    [Theory]
    [InlineData("/room/a", "text/html,application/xhtml+xml,*/*;q=0.8", 200)]
    [InlineData("/room/", "text/html", 200)]
    [InlineData("/home?x=y", "text/html", 200)]
    [InlineData("/room/a", "*/*", 404)]
    [InlineData("/room/a", "application/json", 404)]
    [InlineData("/room/a", null, 404)]
    [InlineData("/bundles/ffffffff/bundle.js", "text/html", 404)]
    [InlineData("/room.a/x.png", "text/html", 404)]
    [InlineData("/.well-known/change-password", "text/html", 404)]
    [InlineData("/.git", "text/html", 404)]
    [InlineData("/../x", "text/html", 404)]
    public async Task Shows_its_one_page_for_the_addresses_that_it_draws_itself(string target, string? accept, int status)
    {
        await using var site = await ServedSite.StartAsync(Client());

        using var response = await site.GetAsync(target, accept is null ? [] : [("Accept", accept)]);

        Assert.Equal(status, (int)response.StatusCode);
        Assert.Equal(status == 200, await response.Content.ReadAsStringAsync(Stop) == "<h1>Client</h1>");
        Assert.Equal(status == 200 ? "no-cache" : "no-store", response.Header("Cache-Control"));
    }

    public void Dispose() => folder.Dispose();

    private WebClientFiles Client(string? config = null, string? additions = null)
    {
        Assert.True(ServerName.TryParse("app.example.com", out var host, out _));
        Assert.True(ServerName.TryParse("example.com", out var serverName, out _));
        var documents = WellKnownDocuments.Build(
            new Uri("https://matrix.example.com"), "matrix.example.com:8448",
            WellKnownSettings.None with { Client = additions is null ? null : JsonNode.Parse(additions)!.AsObject() });
        var settings = new WebClientSettings(host, folder.Path, config is null ? null : JsonNode.Parse(config)!.AsObject());
        return new WebClientFiles(settings, serverName, documents.Client, TimeProvider.System);
    }

    private void Write(string name, string content)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(folder.File(name))!);
        File.WriteAllText(folder.File(name), content);
    }
}
