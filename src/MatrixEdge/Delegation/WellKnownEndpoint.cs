using MatrixEdge.Protocol;
using Microsoft.Extensions.Primitives;

namespace MatrixEdge.Delegation;

/// <summary>
/// Answers everything at and below <c>/.well-known/matrix</c>, whether or not the homeserver is up. Every status carries
/// CORS headers: to a browser, a 404 without them is a broken network, not the absence of a document.
/// </summary>
internal static class WellKnownEndpoint
{
    private const string Root = "/.well-known/matrix";

    private static readonly MatrixError ReadOnly = MatrixError.MethodNotAllowed("GET, HEAD, OPTIONS");

    /// <summary>Whether this room answers for a path, which is that of the request target as it was sent, undecoded.</summary>
    public static bool Owns(ReadOnlySpan<char> path) =>
        path.StartsWith(Root, StringComparison.Ordinal) && (path.Length == Root.Length || path[Root.Length] == '/');

    /// <summary>Answers a request for a path that this room owns.</summary>
    public static Task AnswerAsync(HttpContext context, ReadOnlySpan<char> path, WellKnownDocuments documents)
    {
        var method = context.Request.Method;
        if (HttpMethods.IsOptions(method))
            return Cors.AnswerPreflightAsync(context, path);

        var name = path[Root.Length..];
        var document = name switch
        {
            "/server" => documents.Server,
            "/client" => documents.Client,
            "/support" => documents.Support,
            "/policy_server" or "/org.matrix.msc4284.policy_server" => documents.PolicyServer,
            _ => null,
        };

        if (document is null)
            return (name is "/support" or "/policy_server" ? MatrixError.NoDocument : MatrixError.NotFound).WriteAsync(context);
        if (!HttpMethods.IsGet(method) && !HttpMethods.IsHead(method))
            return ReadOnly.WriteAsync(context);

        return SendAsync(context, document, documents.CacheControl);
    }

    private static Task SendAsync(HttpContext context, WellKnownDocument document, StringValues cacheControl)
    {
        var headers = context.Response.Headers;
        Cors.Apply(headers);
        OwnHeaders.Apply(context);
        headers.CacheControl = cacheControl;
        return document.SendAsync(context);
    }
}
