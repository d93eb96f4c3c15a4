using System.Buffers;
using System.Text;

namespace MatrixEdge.Listening;

/// <summary>
/// Answers http-01 (RFC 8555 §8.3) on port 80, whatever the <c>Host</c>: authorities come there by plain HTTP from several places,
/// and give up where they are redirected to a certificate that does not exist yet.
/// </summary>
internal sealed class HttpChallenges(OpenChallenges challenges)
{
    private const string Prefix = "/.well-known/acme-challenge/";

    // Let's Encrypt's have 43 characters; none of 128 bits or more (RFC 8555 §8.3) comes near this.
    private const int LongestToken = 256;

    /// <summary>Whether this raw path, without query, is one of a challenge.</summary>
    public static bool Owns(ReadOnlySpan<char> path) => path.StartsWith(Prefix, StringComparison.Ordinal);

    /// <summary>
    /// The key authorization to <c>GET</c> and <c>HEAD</c>; 404 for any token that nobody waits for, 405 for other methods. Says
    /// nothing of what was asked for, so that nobody can make this host say something of his choice.
    /// </summary>
    /// <param name="path">One that <see cref="Owns"/> knows.</param>
    public Task AnswerAsync(HttpContext context, ReadOnlySpan<char> path)
    {
        if (!HttpMethods.IsGet(context.Request.Method) && !HttpMethods.IsHead(context.Request.Method))
        {
            context.Response.Headers.Allow = "GET, HEAD";
            return WriteAsync(context, StatusCodes.Status405MethodNotAllowed, Text, OnlyRead);
        }

        var token = path[Prefix.Length..];
        var isToken = token.Length is > 0 and <= LongestToken && !token.ContainsAnyExcept(Base64Url);
        return isToken && challenges.FindHttp(token.ToString()) is { } keyAuthorization
            ? WriteAsync(context, StatusCodes.Status200OK, "application/octet-stream", Encoding.ASCII.GetBytes(keyAuthorization))
            : WriteAsync(context, StatusCodes.Status404NotFound, Text, NotAwaited);
    }

    private static Task WriteAsync(HttpContext context, int status, string contentType, byte[] body)
    {
        var response = context.Response;
        response.StatusCode = status;
        response.ContentType = contentType;
        response.ContentLength = body.Length;
        response.Headers.CacheControl = "no-store";
        response.Headers.XContentTypeOptions = "nosniff";
        return HttpMethods.IsHead(context.Request.Method) ? Task.CompletedTask : response.Body.WriteAsync(body, context.RequestAborted).AsTask();
    }

    private const string Text = "text/plain";
    private static readonly byte[] NotAwaited = "No certificate authority is expected to ask for this here\n"u8.ToArray();
    private static readonly byte[] OnlyRead = "This can only be read\n"u8.ToArray();
    private static readonly SearchValues<char> Base64Url = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");
}
