using System.Net;
using System.Text.Json;
using MatrixEdge.Configuration;
using MatrixEdge.Listening;
using MatrixEdge.Observability;
using MatrixEdge.Sites;
using MatrixEdge.Tests.Support;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.TestHost;

namespace MatrixEdge.Tests.Observability;

/// <summary>When the gateway calls itself ready, on a clock that is moved by hand and without sockets.</summary>
public sealed class ReadinessTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly ServedCertificate certificate = new();
    private readonly ManualTime time = new(DateTimeOffset.UtcNow);

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Not_without_a_certificate() =>
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "there is no certificate to serve yet"), await AskAsync());

    [Fact]
    public async Task As_long_as_it_is_valid()
    {
        var issued = new TestAuthority().Issue(TimeSpan.FromDays(30), "example.com");
        certificate.Publish("", ["example.com"], new CertificateBundle(issued.Leaf, [.. issued.Chain]));

        Assert.Equal((HttpStatusCode.OK, ""), await AskAsync());
        time.Advance(TimeSpan.FromDays(29));
        Assert.Equal((HttpStatusCode.OK, ""), await AskAsync());
        time.Advance(TimeSpan.FromDays(2));
        var (status, reason) = await AskAsync();
        Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
        Assert.StartsWith("the certificate for example.com expired at ", reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Not_before_it_is_valid()
    {
        var issued = new TestAuthority().Issue(TimeSpan.FromDays(30), "example.com");
        certificate.Publish("", ["example.com"], new CertificateBundle(issued.Leaf, [.. issued.Chain]));
        time.Advance(TimeSpan.FromDays(-365));

        var (status, reason) = await AskAsync();

        Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
        Assert.EndsWith(" only; is this computer's clock right?", reason, StringComparison.Ordinal);
    }

    private async Task<(HttpStatusCode Status, string Reason)> AskAsync()
    {
        var problems = new Problems();
        var document = new ConfigurationDocument(null, LocalMode.Document(), IsLocalMode: true);
        var sites = new CurrentSites(SiteTable.Build(EdgeSettings.Parse(document, problems)!, before: null, TimeProvider.System));
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseTestServer();
        await using var app = builder.Build();
        app.Run(new Health(certificate, sites, time).ReadyAsync);
        await app.StartAsync();

        using var answer = await app.GetTestClient().GetAsync(new Uri("/health/ready", UriKind.Relative));
        var reasons = JsonSerializer.Deserialize<JsonElement>(await answer.Content.ReadAsStringAsync()).GetProperty("reasons");
        return (answer.StatusCode, string.Join(' ', reasons.EnumerateArray().Select(reason => reason.GetString())));
    }
}
