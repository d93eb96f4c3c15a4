using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using MatrixEdge.Listening;
using MatrixEdge.Sites;
using MatrixEdge.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace MatrixEdge.Tests.Sites;

public sealed class MaintenanceTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_homeserver_is_spared_while_documents_and_health_stay()
    {
        await using var backend = RawBackend.Answering("""{"from":"homeserver"}""");
        await using var gateway = await RunningGateway.StartInFrontOfAsync(backend.Port);
        using var admin = Admin(gateway);
        using var client = gateway.Client(HttpVersion.Version20, trustEverything: true);

        await SetAsync(admin, new { on = true, message = "Back at noon" });

        using (var answer = await client.GetAsync(new Uri("https://matrix.example.com/_matrix/client/v3/sync"), Stop))
        {
            var body = await answer.Content.ReadFromJsonAsync<JsonElement>(Stop);
            Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
            Assert.Equal(("M_UNKNOWN", "Back at noon"), (body.GetProperty("errcode").GetString(), body.GetProperty("error").GetString()));
            Assert.Equal(TimeSpan.FromMinutes(1), answer.Headers.RetryAfter!.Delta);
            Assert.Equal(["*"], answer.Headers.GetValues("Access-Control-Allow-Origin"));
        }

        using var preflight = await client.SendAsync(new HttpRequestMessage(HttpMethod.Options, "https://matrix.example.com/_matrix/client/v3/sync"), Stop);
        using var document = await client.GetAsync(new Uri("https://example.com/.well-known/matrix/client"), Stop);
        using var ready = await admin.GetAsync(new Uri("/health/ready", UriKind.Relative), Stop);
        Assert.Equal((HttpStatusCode.NoContent, HttpStatusCode.OK, HttpStatusCode.OK), (preflight.StatusCode, document.StatusCode, ready.StatusCode));
        Assert.Empty(backend.Requests);

        await SetAsync(admin, new { on = false });

        Assert.Contains("homeserver", await client.GetStringAsync(new Uri("https://matrix.example.com/_matrix/client/v3/sync"), Stop), StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_site_is_maintained_and_the_others_are_not()
    {
        await using var backend = RawBackend.Answering();
        await using var gateway = await RunningGateway.StartAsync($$"""
            {
              "Sites": [
                { "ServerName": "one.test", "Homeserver": { "Address": "http://127.0.0.1:{{backend.Port}}" } },
                { "ServerName": "two.test", "Homeserver": { "Address": "http://127.0.0.1:{{backend.Port}}" } }
              ]
            }
            """);
        using var admin = Admin(gateway);
        using var client = gateway.Client(HttpVersion.Version11, trustEverything: true);

        var listing = await SetAsync(admin, new { on = true, sites = new[] { "ONE.test" } });

        Assert.Equal(["one.test True", "two.test False"], listing.GetProperty("sites").EnumerateArray().Select(site => $"{site.GetProperty("site").GetString()} {site.GetProperty("on").GetBoolean()}"));
        using var one = await client.GetAsync(new Uri("https://one.test/_matrix/client/versions"), Stop);
        using var two = await client.GetAsync(new Uri("https://two.test/_matrix/client/versions"), Stop);
        Assert.Equal((HttpStatusCode.ServiceUnavailable, HttpStatusCode.OK), (one.StatusCode, two.StatusCode));
        Assert.Contains(Maintenance.DefaultMessage, await one.Content.ReadAsStringAsync(Stop), StringComparison.Ordinal);
        Assert.Contains("matrixedge_maintenance{site=\"one.test\"} 1", await admin.GetStringAsync(new Uri("/metrics", UriKind.Relative), Stop), StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_outlives_a_restart()
    {
        await using var backend = RawBackend.Answering();
        await using var gateway = await RunningGateway.StartInFrontOfAsync(backend.Port);
        using var admin = Admin(gateway);
        await SetAsync(admin, new { on = true, message = "Back at noon" });

        // What another process would make of the same store.
        using var next = ActivatorUtilities.CreateInstance<Maintenance>(gateway.Services);
        await next.LoadAsync(Stop);

        Assert.Equal("Back at noon", next.Find("EXAMPLE.com")!.Message);
        Assert.Contains(gateway.Events.Messages, message => message.Contains("example.com is being maintained since", StringComparison.Ordinal) && message.EndsWith("run: matrixedge maintenance off example.com", StringComparison.Ordinal));

        await SetAsync(admin, new { on = false });
        using var last = ActivatorUtilities.CreateInstance<Maintenance>(gateway.Services);
        await last.LoadAsync(Stop);
        Assert.Null(last.Find("example.com"));
    }

    [Theory]
    [InlineData("{}", "Say whether it begins or ends")]
    [InlineData("""{ "on": "perhaps" }""", "The body cannot be understood at on")]
    [InlineData("""{ "on": true, "sites": ["example.net"] }""", "There is no site example.net; nothing was done. Known are example.com")]
    [InlineData("""{ "on": true, "until": "noon" }""", "The body cannot be understood")]
    public async Task What_is_not_understood_changes_nothing(string body, string told)
    {
        await using var gateway = await RunningGateway.StartInFrontOfAsync(1);
        using var admin = Admin(gateway);

        using var answer = await admin.PostAsync(new Uri("/maintenance", UriKind.Relative), new StringContent(body), Stop);

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.StartsWith(told, (await answer.Content.ReadFromJsonAsync<JsonElement>(Stop)).GetProperty("error").GetString(), StringComparison.Ordinal);
        Assert.Empty(gateway.Services.GetRequiredService<Maintenance>().All);
    }

    [Fact]
    public async Task What_cannot_be_read_again_is_told_and_taken_for_no()
    {
        await using var gateway = await RunningGateway.StartInFrontOfAsync(1);
        var store = gateway.Services.GetRequiredService<CurrentSites>().Table.Settings.Store.Directory;
        await File.WriteAllTextAsync(Path.Combine(store, "maintenance.json"), "[", Stop);

        using var next = ActivatorUtilities.CreateInstance<Maintenance>(gateway.Services);
        await next.LoadAsync(Stop);

        Assert.Empty(next.All);
        Assert.Contains(gateway.Events.Messages, message => message.Contains("Whether a homeserver is being maintained could not be read", StringComparison.Ordinal));
    }

    private static HttpClient Admin(RunningGateway gateway) => new() { BaseAddress = new Uri($"http://127.0.0.1:{gateway.Port(ListenerKind.Admin)}") };

    private static async Task<JsonElement> SetAsync(HttpClient admin, object request)
    {
        using var answer = await admin.PostAsJsonAsync("/maintenance", request, Stop);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return await answer.Content.ReadFromJsonAsync<JsonElement>(Stop);
    }
}
