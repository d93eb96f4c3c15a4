using MatrixEdge.Configuration;
using MatrixEdge.Delegation;
using MatrixEdge.Protocol;

namespace MatrixEdge.Website;

/// <summary>A Matrix client for browsers, served from its directory.</summary>
internal sealed class WebClientFiles(WebClientSettings settings, ServerName serverName, WellKnownDocument client, TimeProvider time) : IWebsite
{
    public Task AnswerAsync(HttpContext context) =>
        OwnPage.WriteAsync(context, StatusCodes.Status404NotFound, $"{settings}", $"{serverName} {client} {time}");
}
