using Microsoft.Extensions.Primitives;

namespace MatrixEdge.Protocol;

/// <summary>
/// The CORS headers of what the gateway itself answers (Matrix client-server §Web Browser Clients), in Synapse's words.
/// Answers of the homeserver bring their own: a second <c>Access-Control-Allow-Origin</c> makes browsers refuse them.
/// </summary>
internal static class Cors
{
    /// <summary>Lets scripts of any origin read this answer.</summary>
    public static void Apply(IHeaderDictionary headers)
    {
        headers.AccessControlAllowOrigin = AnyOrigin;
        headers.AccessControlAllowMethods = Methods;
        headers.AccessControlAllowHeaders = RequestHeaders;
        headers.AccessControlExposeHeaders = ExposedHeaders;
    }

    /// <summary>
    /// Answers a preflight without asking anyone: no endpoint may act on <c>OPTIONS</c>.
    /// <paramref name="path"/> is the undecoded path of the request.
    /// </summary>
    public static Task AnswerPreflightAsync(HttpContext context, ReadOnlySpan<char> path)
    {
        var headers = context.Response.Headers;
        context.Response.StatusCode = StatusCodes.Status204NoContent;
        Apply(headers);
        headers.AccessControlMaxAge = OneDay;
        if (IsRendezvous(path))
        {
            headers.AccessControlAllowHeaders = RendezvousRequestHeaders;
            headers.AccessControlExposeHeaders = RendezvousExposedHeaders;
        }

        return Task.CompletedTask;
    }

    // Signing in by QR code (MSC4108) works with entity tags, and without access tokens.
    private static bool IsRendezvous(ReadOnlySpan<char> path) =>
        path is "/_matrix/client/unstable/org.matrix.msc4108/rendezvous"
        || path.StartsWith("/_synapse/client/rendezvous", StringComparison.Ordinal);

    private static readonly StringValues AnyOrigin = "*";
    private static readonly StringValues Methods = "GET, HEAD, POST, PUT, DELETE, OPTIONS";
    private static readonly StringValues RequestHeaders = "X-Requested-With, Content-Type, Authorization, Date";
    private static readonly StringValues ExposedHeaders = "Synapse-Trace-Id, Server";
    private static readonly StringValues RendezvousRequestHeaders = "Content-Type, If-Match, If-None-Match";
    private static readonly StringValues RendezvousExposedHeaders = "Synapse-Trace-Id, Server, ETag";
    private static readonly StringValues OneDay = "86400";
}
