using System.Net;
using System.Text.Json;
using MatrixEdge.Listening;
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
}
