using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using MatrixEdge.Listening;
using MatrixEdge.Tests.Support;

namespace MatrixEdge.Tests.Website;

/// <summary>
/// What went wrong with a script that a content network ran in front of a website and a homeserver, so that one name could
/// be both: it lost queries, followed redirects itself, put its own address in the client's place, and forgot CORS where it answered.
/// </summary>
public sealed class WorkerScriptFailuresTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task No_query_is_lost()
    {
        await using var homeserver = RawBackend.Answering();
        await using var website = RawBackend.Answering();
        await using var gateway = await StartAsync(homeserver.Port, website.Port);
        using var modern = gateway.Client(HttpVersion.Version20, trustEverything: true);

        foreach (var query in new[] { "?a=%2F&b=+&c", "?", "?a=b?c=d&&=", "?filter=%7B%22room%22%3A%7B%7D%7D&since=s1_2", "?%41=%7e~", "" })
        {
            foreach (var (backend, path) in new[] { (homeserver, "/_matrix/client/v3/sync"), (website, "/search"), (website, "/") })
            {
                await using var client = await gateway.ConnectAsync();
                await RawAnswer.ExchangeAsync(client, $"GET {path}{query} HTTP/1.1\r\nHost: example.com\r\n\r\n");
                using var answer = await modern.GetAsync(Exactly(path + query), Stop);

                Assert.Equal($"GET {path}{query} HTTP/1.1", (await backend.NextRequestAsync()).Line);
                Assert.Equal($"GET {path}{query} HTTP/1.1", (await backend.NextRequestAsync()).Line);
            }

            // The documents have none, and are found all the same.
            using var document = await modern.GetAsync(Exactly("/.well-known/matrix/server" + query), Stop);
            Assert.Equal(HttpStatusCode.OK, document.StatusCode);
        }

        Assert.Empty(homeserver.Requests);
        Assert.Empty(website.Requests);
    }

    [Fact]
    public async Task No_redirect_is_followed_on_the_way()
    {
        const string Moved = "Set-Cookie: session=a%3D; Path=/; HttpOnly; SameSite=None; Secure\r\nSet-Cookie: theme=dark; Domain=example.net\r\nContent-Length: 0\r\n\r\n";
        (string Path, int Status, string Location)[] redirects =
        [
            ("/_matrix/client/v3/login/sso/redirect/oidc?redirectUrl=https%3A%2F%2Fapp.example.net%2F", 302, "https://idp.example.net/auth?state=%2Fx&nonce=y"),
            ("/_matrix/client/v1/media/download/example.com/abc?allow_redirect=true", 307, "https://cdn.example.net/abc?signature=a%2Fb%3D"),
            ("/old", 301, "https://www.example.net/new#part"),
            ("/form", 308, "http://example.com/elsewhere"),
            ("/login", 303, "../account?welcome"),
        ];
        Task Answer(RawRequest request, RawConnection connection)
        {
            var (_, status, location) = redirects.Single(redirect => redirect.Path == request.Target);
            return connection.SendAsync($"HTTP/1.1 {status} Elsewhere\r\nLocation: {location}\r\n{Moved}");
        }

        await using var homeserver = new RawBackend(async (request, connection) =>
        {
            if (!request.IsGatewaysOwn)
                await Answer(request, connection);
        });
        await using var website = new RawBackend(Answer);
        await using var gateway = await StartAsync(homeserver.Port, website.Port);
        using var modern = gateway.Client(HttpVersion.Version20, trustEverything: true);

        foreach (var (path, status, location) in redirects)
        {
            await using var client = await gateway.ConnectAsync();
            var old = await RawAnswer.ExchangeAsync(client, $"GET {path} HTTP/1.1\r\nHost: example.com\r\n\r\n");
            using var answer = await modern.GetAsync(Exactly(path), Stop);

            string[] cookies = ["session=a%3D; Path=/; HttpOnly; SameSite=None; Secure", "theme=dark; Domain=example.net"];
            Assert.Equal(status, old.Status);
            Assert.Equal([location], old.Header("Location"));
            Assert.Equal(cookies, old.Header("Set-Cookie"));
            Assert.Equal(status, (int)answer.StatusCode);
            Assert.Equal([location], answer.Headers.NonValidated["Location"]);
            Assert.Equal(cookies, answer.Headers.GetValues("Set-Cookie"));
        }

        // One question each, and nobody else was asked.
        Assert.Equal([.. redirects[..2].Select(redirect => redirect.Path).SelectMany(path => new[] { path, path })], homeserver.Requests.Select(request => request.Target));
        Assert.Equal([.. redirects[2..].Select(redirect => redirect.Path).SelectMany(path => new[] { path, path })], website.Requests.Select(request => request.Target));
    }

    [Fact]
    public async Task The_clients_address_arrives_and_none_that_it_claims()
    {
        var claims = new[]
        {
            ("X-Forwarded-For", "203.0.113.1, 203.0.113.2"), ("X-Forwarded-For", "203.0.113.3"), ("Forwarded", "for=203.0.113.4;proto=http"), ("X-Real-IP", "203.0.113.5"),
            ("CF-Connecting-IP", "203.0.113.6"), ("True-Client-IP", "203.0.113.7"), ("X-Client-IP", "203.0.113.8"), ("X-Forwarded-Proto", "http"), ("X-Forwarded-Host", "203.0.113.9"),
        };
        await using var homeserver = RawBackend.Answering();
        await using var website = RawBackend.Answering();
        await using var gateway = await StartAsync(homeserver.Port, website.Port);
        var mine = IPAddress.Parse("127.0.0.9");
        (IPAddress To, IPAddress From)[] ways =
            gateway.EndPoints(ListenerKind.Https).Any(endPoint => endPoint.AddressFamily == AddressFamily.InterNetworkV6)
                ? [(IPAddress.Loopback, mine), (IPAddress.IPv6Loopback, IPAddress.IPv6Loopback)]
                : [(IPAddress.Loopback, mine)];

        foreach (var (to, from) in ways)
        {
            foreach (var (backend, path) in new[] { (homeserver, "/_matrix/client/versions"), (website, "/") })
            {
                await using var client = await gateway.ConnectAsync(to: to, from: from);
                await RawAnswer.ExchangeAsync(
                    client, $"GET {path} HTTP/1.1\r\nHost: example.com\r\n{string.Concat(claims.Select(claim => $"{claim.Item1}: {claim.Item2}\r\n"))}\r\n");
                using var modern = gateway.Client(HttpVersion.Version20, trustEverything: true, from: from, to: to);
                using var message = new HttpRequestMessage(HttpMethod.Get, Exactly(path));
                foreach (var (name, value) in claims)
                    message.Headers.TryAddWithoutValidation(name, value);
                using var answer = await modern.SendAsync(message, Stop);

                foreach (var request in new[] { await backend.NextRequestAsync(), await backend.NextRequestAsync() })
                {
                    Assert.Equal([$"{from}"], request.Header("X-Forwarded-For"));
                    Assert.Equal(["https"], request.Header("X-Forwarded-Proto"));
                    Assert.DoesNotContain("203.0.113.", request.Head, StringComparison.Ordinal);
                }
            }
        }
    }

    [Fact]
    public async Task Whatever_the_gateway_says_of_Matrix_can_be_read_by_scripts_of_any_origin()
    {
        // Bound and not listening: connections are refused for as long as the test runs.
        using var down = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        down.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        await using var website = RawBackend.Answering();
        await using var gateway = await StartAsync(((IPEndPoint)down.LocalEndPoint!).Port, website.Port);
        foreach (var version in new[] { HttpVersion.Version11, HttpVersion.Version20 })
        {
            using var client = gateway.Client(version, trustEverything: true);

            using var document = await AskAsync(client, "GET", "/.well-known/matrix/client", 200);
            await AssertIsDocumentAsync(document);
            using (await AskAsync(client, "GET", "/.well-known/matrix/client", 304, ("If-None-Match", document.Headers.ETag!.ToString())))
            using (await AskAsync(client, "HEAD", "/.well-known/matrix/server", 200))
            using (await AskAsync(client, "OPTIONS", "/.well-known/matrix/client", 204, ("Access-Control-Request-Method", "GET")))
            using (await AskAsync(client, "OPTIONS", "/.well-known/matrix/nothing", 204, ("Access-Control-Request-Method", "GET")))
            using (await AskAsync(client, "OPTIONS", "/_matrix/client/v3/login", 204, ("Access-Control-Request-Method", "POST")))
            {
            }

            await AssertIsErrorAsync(client, "GET", "/.well-known/matrix/support", 404, "M_NOT_FOUND");
            await AssertIsErrorAsync(client, "GET", "/.well-known/matrix/nothing", 404, "M_UNRECOGNIZED");
            await AssertIsErrorAsync(client, "POST", "/.well-known/matrix/server", 405, "M_UNRECOGNIZED");
            await AssertIsErrorAsync(client, "GET", "/_synapse/admin/v1/server_version", 404, "M_UNRECOGNIZED");
            await AssertIsErrorAsync(client, "GET", "/_matrix/client/v3/sync", 502, "M_UNKNOWN");
            await AssertIsErrorAsync(client, "POST", "/_matrix/client/v3/login", 502, "M_UNKNOWN");
        }

        Assert.Empty(website.Requests);
    }

    private static Task<RunningGateway> StartAsync(int homeserver, int website) => RunningGateway.StartAsync($$"""
        {
          "Listen": { "Http": "", "Https": "localhost:0", "Federation": "localhost:0", "Admin": "" },
          "Sites": [{
            "ServerName": "example.com", "PublicHost": "matrix.example.com",
            "Homeserver": { "Kind": "Synapse", "Address": "http://127.0.0.1:{{homeserver}}" },
            "Website": { "Proxy": "http://127.0.0.1:{{website}}" }
          }]
        }
        """);

    private static Uri Exactly(string target) => new("https://example.com" + target, new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });

    private static async Task<HttpResponseMessage> AskAsync(HttpClient client, string method, string target, int status, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), Exactly(target));
        request.Headers.Add("Origin", "https://app.example.net");
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        var answer = await client.SendAsync(request, Stop);
        var said = $"{method} {target} {(int)answer.StatusCode}";
        Assert.True((int)answer.StatusCode == status, said);
        Assert.True(answer.Headers.TryGetValues("Access-Control-Allow-Origin", out var origins) && origins.SequenceEqual(["*"]), said);
        Assert.True(answer.Headers.TryGetValues("Access-Control-Allow-Headers", out var allowed) && allowed.Single().Contains("Authorization", StringComparison.Ordinal), said);
        Assert.True(answer.Headers.TryGetValues("Access-Control-Allow-Methods", out var methods) && methods.Single().Contains("DELETE", StringComparison.Ordinal), said);
        return answer;
    }

    private static async Task AssertIsDocumentAsync(HttpResponseMessage answer)
    {
        Assert.Equal("application/json", answer.Content.Headers.ContentType!.ToString());
        using var document = JsonDocument.Parse(await answer.Content.ReadAsStringAsync(Stop));
        Assert.Equal("https://matrix.example.com", document.RootElement.GetProperty("m.homeserver").GetProperty("base_url").GetString());
    }

    private static async Task AssertIsErrorAsync(HttpClient client, string method, string target, int status, string code)
    {
        using var answer = await AskAsync(client, method, target, status);
        Assert.Equal("application/json", answer.Content.Headers.ContentType!.ToString());
        using var error = JsonDocument.Parse(await answer.Content.ReadAsStringAsync(Stop));
        Assert.Equal(code, error.RootElement.GetProperty("errcode").GetString());
    }
}
