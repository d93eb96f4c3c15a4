using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json;
using MatrixEdge.Listening;
using MatrixEdge.Observability;
using MatrixEdge.Tests.Support;

namespace MatrixEdge.Tests.Observability;

public sealed class AdminTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Health_is_answered_on_the_admin_listener_alone()
    {
        await using var backend = RawBackend.Answering("{\"versions\":[\"v1.11\"]}");
        await using var gateway = await RunningGateway.StartInFrontOfAsync(backend.Port);
        using var admin = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{gateway.Port(ListenerKind.Admin)}") };
        await using var client = await gateway.ConnectAsync();

        Assert.Equal("""{"status":"live"}""", await admin.GetStringAsync(new Uri("/health/live", UriKind.Relative)));
        var ready = JsonSerializer.Deserialize<JsonElement>(await admin.GetStringAsync(new Uri("/health/ready", UriKind.Relative)));
        Assert.Equal("ready", ready.GetProperty("status").GetString());
        Assert.Equal(HttpStatusCode.NotFound, (await admin.GetAsync(new Uri("/_matrix/client/versions", UriKind.Relative))).StatusCode);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, (await admin.PostAsync(new Uri("/health/live", UriKind.Relative), null)).StatusCode);
        Assert.Equal(404, (await RawAnswer.ExchangeAsync(client, "GET /health/live HTTP/1.1\r\nHost: example.com\r\n\r\n")).Status);
    }

    [Fact]
    public async Task An_expired_certificate_is_not_ready_and_a_homeserver_that_is_down_is_told_only()
    {
        new TestAuthority().Issue(TimeSpan.FromDays(-1), "example.com", "matrix.example.com").WriteTo(folder);
        await using var gateway = await RunningGateway.StartInFrontOfAsync(1, more: $$"""
            , "Certificate": { "Source": "Files", "CertificatePath": "{{folder.File("fullchain.pem")}}", "PrivateKeyPath": "{{folder.File("privkey.pem")}}" }
            """);
        using var admin = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{gateway.Port(ListenerKind.Admin)}") };
        await gateway.Events.WaitForAsync("does not answer");

        using var answer = await admin.GetAsync(new Uri("/health/ready", UriKind.Relative));

        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        var ready = JsonSerializer.Deserialize<JsonElement>(await answer.Content.ReadAsStringAsync());
        Assert.StartsWith("the certificate for example.com, matrix.example.com expired at ", ready.GetProperty("reasons")[0].GetString(), StringComparison.Ordinal);
        Assert.False(ready.GetProperty("homeservers")[0].GetProperty("reachable").GetBoolean());
    }

    [Fact]
    public async Task The_list_says_what_is_served_until_when_and_from_whom()
    {
        await using var gateway = await RunningGateway.StartInFrontOfAsync(1);
        using var admin = Admin(gateway);

        var listing = await admin.GetFromJsonAsync<JsonElement>("/certificates");

        Assert.Equal("Local", listing.GetProperty("source").GetString());
        var certificate = Assert.Single(listing.GetProperty("certificates").EnumerateArray());
        Assert.Equal(JsonValueKind.Null, certificate.GetProperty("site").ValueKind);
        Assert.Equal(["matrix.example.com", "example.com"], certificate.GetProperty("names").EnumerateArray().Select(name => name.GetString()));
        Assert.Equal(TimeSpan.FromDays(90) + TimeSpan.FromHours(1), certificate.GetProperty("notAfter").GetDateTimeOffset() - certificate.GetProperty("notBefore").GetDateTimeOffset());
        Assert.StartsWith("CN=MatrixEdge local authority", certificate.GetProperty("authority").GetString(), StringComparison.Ordinal);
        Assert.True(certificate.GetProperty("nextRenewal").GetProperty("at").GetDateTimeOffset() > DateTimeOffset.UtcNow.AddDays(50));
        Assert.Matches("^[0-9A-F]+$", certificate.GetProperty("serial").GetString());
        Assert.Equal(JsonValueKind.Null, certificate.GetProperty("trouble").ValueKind);
    }

    [Theory]
    [InlineData("/certificates/renew", "renews them by itself")]
    [InlineData("/certificates/revoke", "renews them by itself")]
    [InlineData("/certificates/roll-account-key", "renews them by itself")]
    public async Task What_only_ACME_can_do_is_refused_with_what_to_do_instead(string path, string expected)
    {
        await using var gateway = await RunningGateway.StartInFrontOfAsync(1);
        using var admin = Admin(gateway);

        using var answer = await admin.PostAsync(new Uri(path, UriKind.Relative), null);

        Assert.Equal(HttpStatusCode.Conflict, answer.StatusCode);
        Assert.Contains(expected, await ErrorAsync(answer), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Host: 127.0.0.1:9090\r\nOrigin: https://evil.example\r\n", 403, "from a page in a browser (https://evil.example)")]
    [InlineData("Host: 127.0.0.1:9090\r\nOrigin: null\r\n", 403, "from a page in a browser (null)")]
    [InlineData("Host: rebound.evil.example\r\n", 403, "for the host \\\"rebound.evil.example\\\"")]
    [InlineData("Host: localhost.evil.example:9090\r\n", 403, "for the host")]
    [InlineData("Host: 127.0.0.1.evil.example\r\n", 403, "for the host")]
    [InlineData("Host: \r\n", 403, "for the host")]
    [InlineData("Host: localhost:9090\r\n", 409, "local authority")]
    [InlineData("Host: LOCALHOST\r\n", 409, "local authority")]
    [InlineData("Host: [::1]:9090\r\n", 409, "local authority")]
    [InlineData("Host: 192.0.2.7\r\n", 409, "local authority")]
    public async Task Pages_in_a_browser_change_nothing(string headers, int status, string expected)
    {
        await using var gateway = await RunningGateway.StartInFrontOfAsync(1);
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, gateway.Port(ListenerKind.Admin));

        var answer = await RawAnswer.ExchangeAsync(client.GetStream(), $"POST /certificates/renew HTTP/1.1\r\n{headers}Content-Length: 0\r\n\r\n");

        Assert.Equal(status, answer.Status);
        Assert.Contains(expected, answer.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Reading_is_open_to_a_scraper_that_comes_by_name()
    {
        await using var gateway = await RunningGateway.StartInFrontOfAsync(1);
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, gateway.Port(ListenerKind.Admin));

        var answer = await RawAnswer.ExchangeAsync(client.GetStream(), "GET /metrics HTTP/1.1\r\nHost: gateway:9090\r\n\r\n");

        Assert.Equal(200, answer.Status);
        Assert.Contains("\nmatrixedge_upstream_up{server_name=\"example.com\"} ", answer.Text, StringComparison.Ordinal);
        Assert.Contains("\nmatrixedge_certificate_not_after_seconds{site=\"all\"} ", answer.Text, StringComparison.Ordinal);
        Assert.Contains("\nmatrixedge_build_info{", answer.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_body_that_is_too_long_is_refused()
    {
        await using var gateway = await RunningGateway.StartInFrontOfAsync(1);
        using var admin = Admin(gateway);

        using var answer = await admin.PostAsync(new Uri("/certificates/renew", UriKind.Relative), new ByteArrayContent(new byte[AdminRequests.LongestBody + 1]));

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, answer.StatusCode);
        Assert.Equal("The body is longer than 64 KiB; nothing was done", await ErrorAsync(answer));
    }

    [Theory]
    [InlineData("nonsense", "The body cannot be understood; nothing was done. Write it like { \"site\": \"example.com\", \"reason\": \"keyCompromise\" }")]
    [InlineData("""{ "reason": "whim" }""", "The body cannot be understood at reason; nothing was done.")]
    [InlineData("""{ "sites": "example.com" }""", "The body cannot be understood at sites; nothing was done.")]
    public async Task A_body_that_cannot_be_understood_is_refused_with_an_example(string body, string expected)
    {
        await using var gateway = await RunningGateway.StartInFrontOfAsync(1);
        using var admin = Admin(gateway);

        using var answer = await admin.PostAsync(new Uri("/certificates/revoke", UriKind.Relative), new StringContent(body));

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.StartsWith(expected, await ErrorAsync(answer), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Other_paths_and_methods_are_told_what_is_known()
    {
        await using var gateway = await RunningGateway.StartInFrontOfAsync(1);
        using var admin = Admin(gateway);

        using var unknown = await admin.GetAsync(new Uri("/certificate", UriKind.Relative));
        using var wrong = await admin.GetAsync(new Uri("/certificates/renew", UriKind.Relative));

        Assert.Equal(HttpStatusCode.NotFound, unknown.StatusCode);
        Assert.Contains("GET /certificates, POST /certificates/renew", await ErrorAsync(unknown), StringComparison.Ordinal);
        Assert.Equal((HttpStatusCode.MethodNotAllowed, "POST"), (wrong.StatusCode, Assert.Single(wrong.Content.Headers.Allow)));
    }

    private static HttpClient Admin(RunningGateway gateway) => new() { BaseAddress = new Uri($"http://127.0.0.1:{gateway.Port(ListenerKind.Admin)}") };

    private static async Task<string?> ErrorAsync(HttpResponseMessage answer) =>
        JsonSerializer.Deserialize<JsonElement>(await answer.Content.ReadAsStringAsync()).GetProperty("error").GetString();
}
