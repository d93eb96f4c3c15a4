using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using MatrixEdge.Configuration;
using MatrixEdge.Delegation;
using MatrixEdge.Tests.Protocol;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace MatrixEdge.Tests.Delegation;

public class WellKnownEndpointTests
{
    private static readonly WellKnownDocuments Documents = WellKnownDocuments.Build(
        new Uri("https://matrix.example.com"), "matrix.example.com:443", WellKnownSettings.None);

    private static readonly WellKnownDocuments WithSupport = WellKnownDocuments.Build(
        new Uri("https://matrix.example.com"), "matrix.example.com:443",
        WellKnownSettings.None with { Support = new JsonObject { ["support_page"] = "https://example.org" } });

    [Theory]
    [InlineData("/.well-known/matrix", true)]
    [InlineData("/.well-known/matrix/", true)]
    [InlineData("/.well-known/matrix/client", true)]
    [InlineData("/.well-known/matrix/../acme-challenge/x", true)]
    [InlineData("/.well-known/matrixx", false)]
    [InlineData("/.well-known/Matrix/client", false)]
    [InlineData("/.well-known/%6Datrix/client", false)]
    [InlineData("/.well-known/acme-challenge/x", false)]
    [InlineData("/", false)]
    [InlineData("", false)]
    public void Owns_what_is_at_and_below_well_known_matrix(string path, bool owned) =>
        Assert.Equal(owned, WellKnownEndpoint.Owns(path));

    [Theory]
    [InlineData("GET", "/.well-known/matrix/server")]
    [InlineData("GET", "/.well-known/matrix/client")]
    [InlineData("GET", "/.well-known/matrix/support")]
    [InlineData("GET", "/.well-known/matrix/client?from=element")]
    [InlineData("HEAD", "/.well-known/matrix/client")]
    public async Task Sends_the_documents_to_browsers_and_servers(string method, string target)
    {
        await using var site = await Loopback.StartAsync(Answer(WithSupport));
        var document = target switch
        {
            "/.well-known/matrix/server" => WithSupport.Server,
            "/.well-known/matrix/support" => WithSupport.Support!,
            _ => WithSupport.Client,
        };

        using var response = await site.SendAsync(method, target);
        var body = await response.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(method == "HEAD" ? "" : Encoding.UTF8.GetString(document.Body.Span), Encoding.UTF8.GetString(body));
        Assert.Equal("application/json", response.Header("Content-Type"));
        Assert.Equal($"{document.Body.Length}", response.Header("Content-Length"));
        Assert.Equal("public, max-age=3600", response.Header("Cache-Control"));
        Assert.Equal(document.EntityTag.ToString(), response.Header("ETag"));
        response.AssertReadableByEveryOrigin();
    }

    [Fact]
    public async Task Writes_no_body_for_HEAD()
    {
        var context = new DefaultHttpContext { Request = { Method = "HEAD" }, Response = { Body = new MemoryStream() } };

        await WellKnownEndpoint.AnswerAsync(context, "/.well-known/matrix/client", Documents);

        Assert.Equal(0, context.Response.Body.Length);
        Assert.Equal(Documents.Client.Body.Length, context.Response.ContentLength);
    }

    [Theory]
    [InlineData("GET", "/.well-known/matrix/support", 404, "M_NOT_FOUND", null)]
    [InlineData("POST", "/.well-known/matrix/support", 404, "M_NOT_FOUND", null)]
    [InlineData("GET", "/.well-known/matrix", 404, "M_UNRECOGNIZED", null)]
    [InlineData("GET", "/.well-known/matrix/", 404, "M_UNRECOGNIZED", null)]
    [InlineData("GET", "/.well-known/matrix/policy_server", 404, "M_NOT_FOUND", null)]
    [InlineData("GET", "/.well-known/matrix/client/", 404, "M_UNRECOGNIZED", null)]
    [InlineData("GET", "/.well-known/matrix/Client", 404, "M_UNRECOGNIZED", null)]
    [InlineData("GET", "/.well-known/matrix/%63lient", 404, "M_UNRECOGNIZED", null)]
    [InlineData("PUT", "/.well-known/matrix/x", 404, "M_UNRECOGNIZED", null)]
    [InlineData("POST", "/.well-known/matrix/client", 405, "M_UNRECOGNIZED", "GET, HEAD, OPTIONS")]
    [InlineData("DELETE", "/.well-known/matrix/server", 405, "M_UNRECOGNIZED", "GET, HEAD, OPTIONS")]
    public async Task Answers_everything_else_with_a_Matrix_error_that_browsers_may_read(
        string method, string target, int status, string errorCode, string? allow)
    {
        await using var site = await Loopback.StartAsync(Answer(Documents));

        using var response = await site.SendAsync(method, target);
        var body = JsonNode.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));

        Assert.Equal(status, (int)response.StatusCode);
        Assert.Equal(errorCode, body!["errcode"]!.GetValue<string>());
        Assert.Equal(allow, response.Header("Allow"));
        Assert.Equal("no-store", response.Header("Cache-Control"));
        response.AssertReadableByEveryOrigin();
    }

    [Theory]
    [InlineData("/.well-known/matrix/client")]
    [InlineData("/.well-known/matrix/support")]
    [InlineData("/.well-known/matrix/x")]
    public async Task Answers_preflights_alike_for_every_path(string target)
    {
        await using var site = await Loopback.StartAsync(Answer(Documents));

        using var response = await site.SendAsync("OPTIONS", target);

        Assert.Equal(HttpStatusCode.NoContent, response.StatusCode);
        Assert.Equal("86400", response.Header("Access-Control-Max-Age"));
        response.AssertReadableByEveryOrigin();
    }

    [Theory]
    [InlineData("{0}", 304)]
    [InlineData("W/{0}", 304)]
    [InlineData("\"other\", {0}, \"third\"", 304)]
    [InlineData("*", 304)]
    [InlineData("\"other\"", 200)]
    [InlineData("", 200)]
    public async Task Spares_the_body_for_those_who_have_it(string ifNoneMatch, int status)
    {
        await using var site = await Loopback.StartAsync(Answer(Documents));
        var tag = Documents.Server.EntityTag.ToString();

        using var response = await site.SendAsync(
            "GET", "/.well-known/matrix/server", ("If-None-Match", ifNoneMatch.Replace("{0}", tag, StringComparison.Ordinal)));

        Assert.Equal(status, (int)response.StatusCode);
        Assert.Equal(tag, response.Header("ETag"));
        Assert.Equal("public, max-age=3600", response.Header("Cache-Control"));
        response.AssertReadableByEveryOrigin();
    }

    [Fact]
    public async Task Takes_the_tag_of_another_document_for_what_it_is()
    {
        await using var site = await Loopback.StartAsync(Answer(Documents));

        using var response = await site.SendAsync(
            "GET", "/.well-known/matrix/server", ("If-None-Match", Documents.Client.EntityTag.ToString()));

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    private static RequestDelegate Answer(WellKnownDocuments documents) => context =>
    {
        var target = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        return WellKnownEndpoint.AnswerAsync(context, target.Split('?')[0], documents);
    };
}
