using System.Buffers;
using MatrixEdge.Configuration;
using MatrixEdge.Listening;
using MatrixEdge.Protocol;
using MatrixEdge.Proxying.Http1;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;
using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.Transforms;

namespace MatrixEdge.Proxying;

/// <summary>
/// What changes between the public request and the one behind the gateway: nothing but hop-by-hop headers (RFC 9110 §7.6.1) and
/// what says who the client is. Target, Host and all other headers go through as they came, unless a property here says otherwise.
/// </summary>
internal sealed class BackendTransformer(Backend backend) : HttpTransformer
{
    /// <summary>A header, beside X-Forwarded-For, that is to hold the client's address.</summary>
    public string? ClientHeader { get; init; }

    /// <summary>A prefix of the path that the backend does not know, without a slash at its end: taken away.</summary>
    public string Stripped { get; init; } = "";

    /// <summary>False: the backend gets its own name as Host (and as server name of TLS), and the public one as X-Forwarded-Host.</summary>
    public bool KeepsHost { get; init; } = true;

    private static readonly UriCreationOptions AsIs = new() { DangerousDisablePathAndQueryCanonicalization = true };

    // Headers by which a client could pretend to be another one: each is read by some homeserver or its plugins.
    private static readonly SearchValues<string> ClaimsOfTheClient = SearchValues.Create(
        ["X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "X-Forwarded-Port", "X-Forwarded-Server", "X-Forwarded-Ssl",
         "Forwarded", "X-Real-IP", "X-Client-IP", "True-Client-IP", "CF-Connecting-IP", "Fly-Client-IP", "X-Forwarded-Scheme", "X-Scheme"],
        StringComparison.OrdinalIgnoreCase);

    private static readonly SearchValues<string> HopByHop = SearchValues.Create(
        ["Connection", "Proxy-Connection", "Keep-Alive", "Transfer-Encoding", "TE", "Upgrade", "HTTP2-Settings", "Proxy-Authenticate", "Proxy-Authorization"],
        StringComparison.OrdinalIgnoreCase);

    // What a client cannot have removed by naming it in Connection: without it, the request would be another one.
    private static readonly SearchValues<string> EndToEnd =
        SearchValues.Create(["Host", "Content-Length", "Content-Type", "Content-Encoding", "Authorization", "Cookie"], StringComparison.OrdinalIgnoreCase);

    public override ValueTask TransformRequestAsync(HttpContext context, HttpRequestMessage proxyRequest, string destinationPrefix, CancellationToken cancellationToken)
    {
        var target = RequestTarget.OriginForm(context);
        if (!RequestTarget.IsWellFormed(target))
            throw new InvalidOperationException("A target that cannot be written as it is came as far as the forwarder.");
        proxyRequest.RequestUri = new Uri(destinationPrefix + Strip(target), AsIs);

        // There is no body, and without Host the client writes that of the address.
        var headers = context.Request.Headers;
        if (KeepsHost)
            proxyRequest.Headers.TryAddWithoutValidation(HeaderNames.Host, headers.Host.ToString());
        WriteFields(new MessageFields(proxyRequest), headers, context.Features.GetRequiredFeature<Exchange>());
        return ValueTask.CompletedTask;
    }

    public override async ValueTask<bool> TransformResponseAsync(HttpContext context, HttpResponseMessage? proxyResponse, CancellationToken cancellationToken)
    {
        if (proxyResponse is null)
            return true;

        // A connection that is taken over goes on until somebody ends it, so it stays with those that are ended last.
        if (proxyResponse.StatusCode != System.Net.HttpStatusCode.SwitchingProtocols)
            context.Features.GetRequiredFeature<Exchange>().Running?.NoteAnswered();

        await base.TransformResponseAsync(context, proxyResponse, cancellationToken);

        // It names ports of the backend's, which are not the gateway's.
        context.Response.Headers.Remove(HeaderNames.AltSvc);
        return true;
    }

    /// <summary>Writes the head of the request as the backend gets it.</summary>
    /// <exception cref="MessageException">It cannot be written so that it stays the one it is.</exception>
    public void WriteHead(HeadBuffer head, HttpContext context, Exchange exchange, bool hasBody)
    {
        var request = context.Request;
        head.WriteRequestLine(request.Method, Strip(RequestTarget.OriginForm(context)));

        var headers = request.Headers;
        head.WriteField(HeaderNames.Host, KeepsHost ? headers.Host.ToString() : backend.Address.Authority);
        WriteFields(head, headers, exchange);

        // RFC 9110 §8.6: where a body is usual, that there is none is said.
        if (!hasBody && (headers.ContentLength is not null || request.Method is "PUT" or "POST" or "PATCH"))
            head.WriteLength(0);
        else if (hasBody && headers.ContentLength is { } length)
            head.WriteLength(length);
        else if (hasBody)
            head.WriteField(HeaderNames.TransferEncoding, "chunked");
        head.WriteEnd();
    }

    // All but Host and what is said of the body.
    private void WriteFields(IFieldWriter writer, IHeaderDictionary headers, Exchange exchange)
    {
        var connection = headers.Connection;
        foreach (var (name, values) in headers)
        {
            if (!Passes(name, connection))
                continue;

            // A cookie split by HTTP/2 is one header again in HTTP/1.1 (RFC 9113 §8.2.3).
            if (values.Count > 1 && name.Equals(HeaderNames.Cookie, StringComparison.OrdinalIgnoreCase))
            {
                writer.WriteField(name, string.Join("; ", values.ToArray()));
                continue;
            }

            foreach (var value in values)
                writer.WriteField(name, value);
        }

        writer.WriteField("X-Forwarded-For", exchange.Client);
        writer.WriteField("X-Forwarded-Proto", exchange.Scheme);
        if (!KeepsHost)
            writer.WriteField("X-Forwarded-Host", headers.Host.ToString());
        if (ClientHeader is not null)
            writer.WriteField(ClientHeader, exchange.Client);
    }

    private static bool Passes(string name, StringValues connection) =>
        name[0] != ':' && !IsFraming(name) && !HopByHop.Contains(name) && !ClaimsOfTheClient.Contains(name)
        && (connection.Count == 0 || EndToEnd.Contains(name) || !IsNamedBy(connection, name));

    // Written where they belong, by what is known of the body.
    private static bool IsFraming(string name) =>
        (name.Length == 4 && name.Equals(HeaderNames.Host, StringComparison.OrdinalIgnoreCase))
        || (name.Length == 14 && name.Equals(HeaderNames.ContentLength, StringComparison.OrdinalIgnoreCase));

    private string Strip(string target)
    {
        if (Stripped.Length == 0)
            return target;

        var rest = target[Stripped.Length..];
        return rest.StartsWith('/') ? rest : "/" + rest;
    }

    // Kestrel shortens a list that holds keep-alive to that word alone; what else it named is then not known here.
    private static bool IsNamedBy(StringValues connection, string name)
    {
        foreach (var line in connection)
        {
            if (line is null || line.Length < name.Length || line.Equals("keep-alive", StringComparison.OrdinalIgnoreCase))
                continue;

            foreach (var token in line.AsSpan().Split(','))
            {
                if (line.AsSpan()[token].Trim().Equals(name, StringComparison.OrdinalIgnoreCase))
                    return true;
            }
        }

        return false;
    }

    // The fields of a message of .NET's client. Content-Type, Expires and the like stand on a content; on a request without one, only
    // the forwarder can put an empty one.
    private sealed class MessageFields(HttpRequestMessage message) : RequestTransform, IFieldWriter
    {
        public void WriteField(string name, ReadOnlySpan<char> value)
        {
            var text = value.ToString();
            if (!message.Headers.TryAddWithoutValidation(name, text))
                AddHeader(new RequestTransformContext { ProxyRequest = message }, name, text);
        }

        public override ValueTask ApplyAsync(RequestTransformContext context) => throw new NotSupportedException();
    }
}
