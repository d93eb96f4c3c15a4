using System.Buffers.Text;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace MatrixEdge.Acme.Tests.Fixtures;

public sealed class FaultProxyTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Passes_what_no_rule_befalls_and_keeps_the_client_here()
    {
        await using var scene = await Scene.StartAsync();

        using var answer = await scene.CreateAccountAsync();

        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        Assert.Equal(scene.Proxy.DirectoryUri.Authority, answer.Headers.Location!.Authority);
        Assert.Single(answer.Headers.GetValues("Replay-Nonce"));
        Assert.Equal(
            [AcmeRequest.Directory, AcmeRequest.NewNonce, AcmeRequest.NewAccount], scene.Proxy.Requests.Select(request => request.Kind));
        var seen = scene.Proxy.Requests[^1];
        Assert.Equal("ES256", seen.Protected!.Value.GetProperty("alg").GetString());
        Assert.True(seen.Payload!.Value.GetProperty("termsOfServiceAgreed").GetBoolean());
        Assert.Equal(201, seen.Status);
        Assert.Equal(1, scene.Proxy.CountDone(AcmeRequest.NewAccount));
    }

    [Fact]
    public async Task Answers_in_place_of_the_authority_so_many_times()
    {
        await using var scene = await Scene.StartAsync();
        var rule = scene.Proxy.On(AcmeRequest.NewAccount).Times(2).Problem(429, "rateLimited", "slowly", ("Retry-After", "3600"));

        using var first = await scene.CreateAccountAsync();
        using var second = await scene.CreateAccountAsync();
        using var third = await scene.CreateAccountAsync();

        Assert.Equal([429, 429, 201], [(int)first.StatusCode, (int)second.StatusCode, (int)third.StatusCode]);
        Assert.Equal(TimeSpan.FromHours(1), first.Headers.RetryAfter!.Delta);
        Assert.Equal("application/problem+json", first.Content.Headers.ContentType!.MediaType);
        Assert.Contains("urn:ietf:params:acme:error:rateLimited", await first.Content.ReadAsStringAsync(Stop), StringComparison.Ordinal);
        Assert.Equal(2, rule.Hits);
        Assert.Equal(3, scene.Proxy.Count(AcmeRequest.NewAccount));
        Assert.Equal(1, scene.Proxy.CountDone(AcmeRequest.NewAccount));
    }

    [Fact]
    public async Task Loses_the_request_before_or_the_answer_after_the_authority_acted()
    {
        await using var scene = await Scene.StartAsync();
        scene.Proxy.On(AcmeRequest.NewAccount).Once().RequestLost();
        scene.Proxy.On(AcmeRequest.NewAccount).Once().AnswerLost();

        await Assert.ThrowsAsync<HttpRequestException>(scene.CreateAccountAsync);
        Assert.Equal(0, scene.Proxy.CountDone(AcmeRequest.NewAccount));
        await Assert.ThrowsAsync<HttpRequestException>(scene.CreateAccountAsync);
        Assert.Equal(1, scene.Proxy.CountDone(AcmeRequest.NewAccount));
        using var known = await scene.CreateAccountAsync();

        Assert.Equal(HttpStatusCode.OK, known.StatusCode); // As for an account that exists.
        Assert.Equal([null, null, 200], scene.Proxy.Requests.Where(request => request.Kind == AcmeRequest.NewAccount).Select(request => request.Status));
    }

    [Fact]
    public async Task Lets_some_pass_first_and_ends_when_removed()
    {
        await using var scene = await Scene.StartAsync();
        var rule = scene.Proxy.On().After(1).Where(request => request.Method == "GET").Unavailable("Sat, 21 Nov 2026 12:00:00 GMT");

        using var first = await scene.GetAsync("/dir");
        using var second = await scene.GetAsync("/dir");
        rule.Remove();
        using var third = await scene.GetAsync("/dir");

        Assert.Equal([200, 503, 200], [(int)first.StatusCode, (int)second.StatusCode, (int)third.StatusCode]);
        Assert.Equal(new DateTimeOffset(2026, 11, 21, 12, 0, 0, TimeSpan.Zero), second.Headers.RetryAfter!.Date);
    }

    [Fact]
    public async Task Changes_headers_and_body_of_the_answer()
    {
        await using var scene = await Scene.StartAsync();
        scene.Proxy.On(AcmeRequest.NewNonce).WithoutHeader("Replay-Nonce");
        scene.Proxy.On(AcmeRequest.Directory).WithClockMovedBy(TimeSpan.FromDays(1));
        scene.Proxy.On(AcmeRequest.Directory).WithBody(text => text.Replace("newOrder", "oldOrder", StringComparison.Ordinal));

        using var nonce = await scene.GetAsync("/nonce-plz");
        using var directory = await scene.GetAsync("/dir");

        Assert.False(nonce.Headers.Contains("Replay-Nonce"));
        Assert.InRange(directory.Headers.Date!.Value - DateTimeOffset.UtcNow, TimeSpan.FromHours(23), TimeSpan.FromHours(25));
        Assert.Contains("oldOrder", await directory.Content.ReadAsStringAsync(Stop), StringComparison.Ordinal);
        Assert.Contains("newOrder", scene.Proxy.Requests[^1].Authoritys!.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ends_a_body_early_or_cuts_the_connection_within()
    {
        await using var scene = await Scene.StartAsync();
        scene.Proxy.On(AcmeRequest.Directory).Once().Truncated(20);
        scene.Proxy.On(AcmeRequest.Directory).After(1).CutAfter(20);

        using var truncated = await scene.GetAsync("/dir");

        Assert.Equal(20, (await truncated.Content.ReadAsByteArrayAsync(Stop)).Length);
        using var cut = await scene.Client.GetAsync(scene.Proxy.DirectoryUri, HttpCompletionOption.ResponseHeadersRead, Stop);
        Assert.True(cut.Content.Headers.ContentLength > 20);
        await Assert.ThrowsAsync<HttpRequestException>(() => cut.Content.ReadAsByteArrayAsync(Stop));
    }

    [Fact]
    public async Task Sends_bodies_that_are_huge_or_never_end()
    {
        await using var scene = await Scene.StartAsync();
        scene.Proxy.On(AcmeRequest.Directory).Once().Inflated();
        scene.Proxy.On(AcmeRequest.Directory).After(1).Endless();

        using var huge = await scene.GetAsync("/dir");

        var bytes = await huge.Content.ReadAsByteArrayAsync(Stop);
        Assert.Equal(10_000_000, bytes.Length);
        Assert.True(JsonDocument.Parse(bytes).RootElement.TryGetProperty("newOrder", out _));
        using var endless = await scene.Client.GetAsync(scene.Proxy.DirectoryUri, HttpCompletionOption.ResponseHeadersRead, Stop);
        await using var body = await endless.Content.ReadAsStreamAsync(Stop);
        await body.ReadExactlyAsync(new byte[1_000_000], Stop);
    }

    [Fact]
    public async Task Holds_a_request_back_until_the_test_lets_go()
    {
        await using var scene = await Scene.StartAsync();
        var release = new TaskCompletionSource();
        scene.Proxy.On(AcmeRequest.Directory).HeldUntil(release.Task);

        var asking = scene.GetAsync("/dir");
        await scene.Proxy.SeenAsync(AcmeRequest.Directory, 1, Stop);

        Assert.False(asking.IsCompleted);
        Assert.Null(scene.Proxy.Requests[0].Authoritys);
        release.SetResult();
        using var answer = await asking;
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Fact]
    public async Task Redirects()
    {
        await using var scene = await Scene.StartAsync();
        scene.Proxy.On(AcmeRequest.Directory).Redirected("https://elsewhere.example/dir");

        using var answer = await scene.GetAsync("/dir");

        Assert.Equal(HttpStatusCode.Found, answer.StatusCode);
        Assert.Equal("https://elsewhere.example/dir", answer.Headers.Location!.AbsoluteUri);
    }

    [Fact]
    public async Task Shuffles_the_certificates_of_a_chain()
    {
        await using var scene = await Scene.StartAsync();
        var chain = new TestAuthority(2).Issue("example.com");
        scene.Proxy.On(AcmeRequest.Directory).WithChain(certificates => certificates.Reverse());
        scene.Proxy.On(AcmeRequest.Directory).WithBody(chain.CertificatePem);

        using var answer = await scene.GetAsync("/dir");

        var sent = new System.Security.Cryptography.X509Certificates.X509Certificate2Collection();
        sent.ImportFromPem(await answer.Content.ReadAsStringAsync(Stop));
        Assert.Equal(3, sent.Count);
        Assert.Equal(chain.Serial, sent[2].SerialNumber);
    }

    [Fact]
    public async Task Drops_connections_while_the_authority_is_down_and_a_client_that_waits_at_the_end()
    {
        await using var scene = await Scene.StartAsync();

        await scene.Pebble.StopAsync();
        await Assert.ThrowsAsync<HttpRequestException>(() => scene.GetAsync("/dir"));
        await scene.Pebble.StartAgainAsync(Stop);
        using var answer = await scene.GetAsync("/dir");
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);

        scene.Proxy.On(AcmeRequest.Directory).NeverAnswered();
        var waiting = scene.GetAsync("/dir");
        await scene.Proxy.SeenAsync(all => all.Count >= 3, "the request that waits", Stop);
        await scene.Proxy.DisposeAsync();
        await Assert.ThrowsAsync<HttpRequestException>(() => waiting);
    }

    /// <summary>A Pebble, a proxy before it, and a client with an account key.</summary>
    private sealed class Scene(PebbleServer pebble, FaultProxy proxy) : IAsyncDisposable
    {
        private readonly ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

        public PebbleServer Pebble => pebble;

        public FaultProxy Proxy => proxy;

        public HttpClient Client { get; } = ListenerAuthority.Client();

        public static async Task<Scene> StartAsync()
        {
            AcmeTools.SkipWithoutPebble();
            var pebble = await PebbleServer.StartAsync(cancellationToken: Stop);
            return new Scene(pebble, await FaultProxy.StartAsync(pebble, Stop));
        }

        public Task<HttpResponseMessage> GetAsync(string path) => Client.GetAsync(new Uri(proxy.DirectoryUri, path), Stop);

        public async Task<HttpResponseMessage> CreateAccountAsync()
        {
            using var directory = await GetAsync("/dir");
            var url = JsonDocument.Parse(await directory.Content.ReadAsStringAsync(Stop)).RootElement.GetProperty("newAccount").GetString()!;
            using var fresh = await GetAsync("/nonce-plz");
            var point = key.ExportParameters(false).Q;
            var header = Encode(new
            {
                alg = "ES256",
                jwk = new { crv = "P-256", kty = "EC", x = Base64Url.EncodeToString(point.X), y = Base64Url.EncodeToString(point.Y) },
                nonce = fresh.Headers.GetValues("Replay-Nonce").Single(),
                url,
            });
            var payload = Encode(new { termsOfServiceAgreed = true });
            var signature = Base64Url.EncodeToString(key.SignData(Encoding.ASCII.GetBytes($"{header}.{payload}"), HashAlgorithmName.SHA256));
            using var content = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(new { @protected = header, payload, signature }))
            {
                Headers = { { "Content-Type", "application/jose+json" } },
            };
            return await Client.PostAsync(url, content, Stop);
        }

        public async ValueTask DisposeAsync()
        {
            Client.Dispose();
            key.Dispose();
            await proxy.DisposeAsync();
            await pebble.DisposeAsync();
        }

        private static string Encode(object value) => Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(value));
    }
}
