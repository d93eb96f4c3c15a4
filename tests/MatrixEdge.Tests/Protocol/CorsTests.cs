using System.Net;
using MatrixEdge.Protocol;

namespace MatrixEdge.Tests.Protocol;

public class CorsTests
{
    [Theory]
    [InlineData("/_matrix/client/v3/sync", false)]
    [InlineData("/.well-known/matrix/client", false)]
    [InlineData("/_matrix/client/unstable/org.matrix.msc4108/rendezvous", true)]
    [InlineData("/_matrix/client/unstable/org.matrix.msc4108/rendezvous/x", false)]
    [InlineData("/_synapse/client/rendezvous", true)]
    [InlineData("/_synapse/client/rendezvous/abc", true)]
    public async Task Answers_a_preflight_as_Synapse_does(string path, bool isRendezvous)
    {
        await using var server = await Loopback.StartAsync(context => Cors.AnswerPreflightAsync(context, context.Request.Path.Value));

        using var response = await server.SendAsync("OPTIONS", path, ("Origin", "https://app.element.io"), ("Access-Control-Request-Method", "PUT"));

        Assert.Equal(HttpStatusCode.NoContent, response.StatusCode);
        Assert.Equal("*", response.Header("Access-Control-Allow-Origin"));
        Assert.Equal("GET, HEAD, POST, PUT, DELETE, OPTIONS", response.Header("Access-Control-Allow-Methods"));
        Assert.Equal("86400", response.Header("Access-Control-Max-Age"));
        Assert.Equal(
            isRendezvous ? "Content-Type, If-Match, If-None-Match" : "X-Requested-With, Content-Type, Authorization, Date",
            response.Header("Access-Control-Allow-Headers"));
        Assert.Equal(
            isRendezvous ? "Synapse-Trace-Id, Server, ETag" : "Synapse-Trace-Id, Server",
            response.Header("Access-Control-Expose-Headers"));
    }
}
