using System.Security.Cryptography;
using System.Text.Json.Nodes;
using MatrixEdge.Protocol;
using Microsoft.Extensions.Primitives;

namespace MatrixEdge.Delegation;

/// <summary>One well-known document as it is sent.</summary>
internal sealed class WellKnownDocument
{
    private readonly byte[] _body;

    public WellKnownDocument(JsonObject content)
    {
        _body = JsonText.ToDocument(content);
        EntityTag = $"\"{Convert.ToHexStringLower(SHA256.HashData(_body).AsSpan(0, 12))}\"";
    }

    /// <summary>The bytes of the document, UTF-8.</summary>
    public ReadOnlyMemory<byte> Body => _body;

    /// <summary>Changes exactly when the bytes do, and is the same on every gateway (RFC 9110 §8.8.3).</summary>
    public StringValues EntityTag { get; }

    /// <summary>Sends it, or 304 to who has it already; the other headers are the caller's.</summary>
    public Task SendAsync(HttpContext context)
    {
        var headers = context.Response.Headers;
        headers.ETag = EntityTag;
        if (IsKnownTo(context.Request.Headers.IfNoneMatch))
        {
            context.Response.StatusCode = StatusCodes.Status304NotModified;
            return Task.CompletedTask;
        }

        context.Response.StatusCode = StatusCodes.Status200OK;
        headers.ContentType = Json;
        headers.ContentLength = _body.Length;
        return HttpMethods.IsHead(context.Request.Method) ? Task.CompletedTask : context.Response.Body.WriteAsync(_body, context.RequestAborted).AsTask();
    }

    /// <summary>Whether a client that sends this <c>If-None-Match</c> has the document already (RFC 9110 §13.1.2).</summary>
    public bool IsKnownTo(StringValues ifNoneMatch)
    {
        foreach (var tags in ifNoneMatch)
        {
            // No tag contains a quotation mark, so what is found with its marks is a whole member of the list.
            if (tags is not null && (tags == "*" || tags.Contains(EntityTag.ToString(), StringComparison.Ordinal)))
                return true;
        }

        return false;
    }

    private static readonly StringValues Json = "application/json";
}
