using System.Net;
using MatrixEdge.Exporting;
using MatrixEdge.Tests.Support;

namespace MatrixEdge.Tests.Exporting;

/// <summary>Each export is run by the program that it is for, and says what the gateway says, byte for byte.</summary>
public sealed class ExportedHostsTests : IDisposable
{
    private const string Sites = """
        {
          "Sites": [{
            "ServerName": "example.com", "PublicHost": "matrix.example.com", "FederationPort": 443, "ServesApex": false,
            "Homeserver": { "Address": "http://127.0.0.1:1" },
            "WellKnown": {
              "Client": { "com.example.text": "Größe, it's \"quoted\" \\ and <b>&amp;</b>  " },
              "Support": { "contacts": [{ "role": "m.role.admin", "email_address": "admin@example.com" }] },
              "CacheFor": "02:00:00"
            }
          }]
        }
        """;

    // What a host must say the same to. In front: whether files alone can.
    private static readonly (bool IsFile, string Method, string Path)[] Requests =
    [
        (true, "GET", "server"), (true, "GET", "client"), (true, "GET", "support"), (true, "HEAD", "server"), (true, "HEAD", "client"),
        (true, "GET", "client?x=1"),
        (false, "OPTIONS", "server"), (false, "OPTIONS", "client"), (false, "OPTIONS", "nothing"),
        (false, "POST", "server"), (false, "PUT", "client"), (false, "DELETE", "support"),
        (false, "GET", "nothing"), (false, "GET", "client.html"), (false, "GET", "server/"), (false, "HEAD", "nothing"), (false, "POST", "nothing"), (false, "GET", "policy_server"),
        (false, "GET", "org.matrix.msc4284.policy_server"),
    ];

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task The_worker_says_what_the_gateway_says()
    {
        Export(ExportTarget.CloudflareWorker);
        await using var host = await ExportHost.NodeAsync(folder.File("s"), "worker", folder.File("worker.mjs"), "1");

        await CompareAsync(host, request => true);
    }

    [Fact]
    public async Task Static_files_say_what_the_gateway_says()
    {
        Export(ExportTarget.Files);
        await using var host = await ExportHost.NodeAsync(folder.File("s"), "files", folder.Path);

        await CompareAsync(host, request => request.IsFile && !request.Path.Contains('?', StringComparison.Ordinal));
    }

    [Fact]
    public async Task Caddy_says_what_the_gateway_says()
    {
        Export(ExportTarget.Caddy);
        await using var host = await ExportHost.CaddyAsync(folder, folder.File("matrix-well-known.caddy"));

        await CompareAsync(host, request => true);
        await WebsiteIsStillThereAsync(host);
    }

    [Fact]
    public async Task Nginx_says_what_the_gateway_says()
    {
        Export(ExportTarget.Nginx);
        await using var host = await ExportHost.NginxAsync(folder, folder.File("matrix-well-known.conf"));

        await CompareAsync(host, request => true);
        await WebsiteIsStillThereAsync(host);
    }

    [Fact]
    public async Task The_worker_loses_no_query_no_method_and_no_body()
    {
        RawRequest? seen = null;
        await using var origin = new RawBackend((request, connection) =>
        {
            seen = request;
            return connection.SendAsync("HTTP/1.1 201 Created\r\nContent-Length: 2\r\nX-Origin: yes\r\n\r\nok");
        });
        await using var host = await WorkerAsync(origin);
        using var client = host.Client();

        using var answer = await client.PutAsync("http://example.com/a%2Fb/~c?q=1&r=%20x&q=2", new StringContent("the body"));

        Assert.Equal(("PUT", "/a%2Fb/~c?q=1&r=%20x&q=2"), (seen!.Method, seen.Target));
        Assert.Equal("the body", System.Text.Encoding.UTF8.GetString(seen.Body));
        Assert.Equal((HttpStatusCode.Created, "ok", "yes"), (answer.StatusCode, await answer.Content.ReadAsStringAsync(), answer.Headers.GetValues("X-Origin").Single()));
    }

    [Theory]
    [InlineData(302)]
    [InlineData(308)]
    public async Task The_worker_swallows_no_redirect(int status)
    {
        await using var origin = new RawBackend((_, connection) => connection.SendAsync($"HTTP/1.1 {status} Elsewhere\r\nLocation: /there?x=1\r\nContent-Length: 0\r\n\r\n"));
        await using var host = await WorkerAsync(origin);
        using var client = host.Client();

        using var answer = await client.GetAsync("http://example.com/here");

        Assert.Equal((status, "/there?x=1"), ((int)answer.StatusCode, answer.Headers.Location!.ToString()));
    }

    [Fact]
    public async Task The_worker_replaces_no_address_of_the_client()
    {
        RawRequest? seen = null;
        await using var origin = new RawBackend((request, connection) =>
        {
            seen = request;
            return connection.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        });
        await using var host = await WorkerAsync(origin);
        using var client = host.Client();
        client.DefaultRequestHeaders.Add("X-Forwarded-For", "203.0.113.7");

        using var answer = await client.GetAsync("http://example.com/");

        Assert.Equal(["203.0.113.7"], seen!.Header("CF-Connecting-IP"));
        Assert.Equal(["203.0.113.7"], seen.Header("X-Forwarded-For"));
    }

    [Theory]
    [InlineData("GET", "/.well-known/matrix/client", 200)]
    [InlineData("OPTIONS", "/.well-known/matrix/client", 204)]
    [InlineData("GET", "/.well-known/matrix/nothing", 404)]
    [InlineData("POST", "/.well-known/matrix/client", 405)]
    public async Task The_worker_has_CORS_on_every_status_and_asks_the_origin_for_none_of_them(string method, string path, int status)
    {
        var isAsked = false;
        await using var origin = new RawBackend((_, connection) =>
        {
            isAsked = true;
            return connection.SendAsync("HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n");
        });
        await using var host = await WorkerAsync(origin);
        using var client = host.Client();

        using var answer = await client.SendAsync(new HttpRequestMessage(new HttpMethod(method), "http://example.com" + path));

        Assert.Equal((status, "*", false), ((int)answer.StatusCode, answer.Headers.GetValues("Access-Control-Allow-Origin").Single(), isAsked));
    }

    [Fact]
    public async Task The_worker_leaves_other_well_known_addresses_to_the_origin()
    {
        await using var origin = new RawBackend((_, connection) => connection.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\norigin"));
        await using var host = await WorkerAsync(origin);
        using var client = host.Client();

        Assert.Equal("origin", await client.GetStringAsync("http://example.com/.well-known/security.txt"));
    }

    private async Task<ExportHost> WorkerAsync(RawBackend origin)
    {
        Export(ExportTarget.CloudflareWorker);
        return await ExportHost.NodeAsync(folder.File("s"), "worker", folder.File("worker.mjs"), origin.Port.ToString(System.Globalization.CultureInfo.InvariantCulture));
    }

    private void Export(ExportTarget target)
    {
        using var other = new TemporaryFolder();
        var (settings, _, problems) = UnderstoodConfiguration.Of(other, $$"""{ "MatrixEdge": {{Sites.Trim()[..^1]}}, "Certificate": { "Source": "Local" } } }""");
        Assert.Equal("", string.Join('\n', problems.Found));
        WellKnownExport.Save(WellKnownExport.For(target, ExportedAnswers.Of(Assert.Single(settings!.Sites))), folder.Path, mayReplace: false);

        // Elsewhere a package.json, or Cloudflare, says that it is a module.
        if (target == ExportTarget.CloudflareWorker)
            File.Move(folder.File("worker.js"), folder.File("worker.mjs"));
    }

    private static async Task CompareAsync(ExportHost host, Func<(bool IsFile, string Method, string Path), bool> isFor)
    {
        await using var gateway = await RunningGateway.StartAsync(Sites);
        using var toGateway = gateway.Client(HttpVersion.Version11, trustEverything: true);
        using var toHost = host.Client();
        foreach (var request in Requests.Where(isFor))
        {
            var path = "/.well-known/matrix/" + request.Path;

            Assert.Equal(
                await AskAsync(toGateway, request.Method, "https://matrix.example.com" + path),
                await AskAsync(toHost, request.Method, "http://example.com" + path));
        }
    }

    // Everything that clients, servers and caches look at.
    private static async Task<string> AskAsync(HttpClient client, string method, string address)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), address);
        request.Headers.Add("Origin", "https://app.example.org");
        if (method is "POST" or "PUT")
            request.Content = new StringContent("x");
        using var answer = await client.SendAsync(request);
        var headers = answer.Headers.Concat(answer.Content.Headers)
            .Where(header => header.Key is "Content-Type" or "Cache-Control" or "Allow" or "X-Content-Type-Options" || header.Key.StartsWith("Access-Control-", StringComparison.Ordinal))
            .Select(header => $"{header.Key}: {string.Join(" | ", header.Value)}").Order(StringComparer.Ordinal);
        return $"{method} {new Uri(address).PathAndQuery} {(int)answer.StatusCode}\n{string.Join('\n', headers)}\n\n{await answer.Content.ReadAsStringAsync()}";
    }

    private static async Task WebsiteIsStillThereAsync(ExportHost host)
    {
        using var client = host.Client();
        using var answer = await client.GetAsync("http://example.com/.well-known/security.txt");
        Assert.Equal(("the website", "yes"), (await answer.Content.ReadAsStringAsync(), answer.Headers.GetValues("X-Site").Single()));
    }
}
