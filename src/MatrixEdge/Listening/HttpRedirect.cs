using MatrixEdge.Protocol;
using Microsoft.AspNetCore.Http.Features;

namespace MatrixEdge.Listening;

/// <summary>
/// What port 80 says to everything: the same host and target by HTTPS. 301 for GET and HEAD, which every client follows; 308
/// otherwise, which keeps method and body (RFC 9110 §15.4.9).
/// </summary>
internal sealed class HttpRedirect(BoundListeners listeners)
{
    public Task AnswerAsync(HttpContext context, RequestTarget target)
    {
        var host = context.Request.Host;
        if (!host.HasValue)
            return MatrixError.UnknownHost.WriteAsync(context);

        // "OPTIONS *" and "CONNECT host:port" name nothing that could be elsewhere.
        if (!target.Path.StartsWith('/'))
            return MatrixError.RefusedTarget.WriteAsync(context);

        var response = context.Response;
        response.StatusCode = HttpMethods.IsGet(context.Request.Method) || HttpMethods.IsHead(context.Request.Method)
            ? StatusCodes.Status301MovedPermanently
            : StatusCodes.Status308PermanentRedirect;
        response.Headers.Location = $"https://{Name(host)}{Port(host)}{target.Path}{target.Query}";
        response.ContentLength = 0;
        Cors.Apply(response.Headers);
        return Task.CompletedTask;
    }

    private static string Name(HostString host) => host.Host.Contains(':', StringComparison.Ordinal) && host.Host[0] != '['
        ? $"[{host.Host}]"
        : host.Host;

    // A client that named no port came to port 80 of the public address. If the listener itself has another, something in
    // front maps ports, and then 443 is mapped, too.
    private string Port(HostString host)
    {
        var https = (listeners.Find(ListenerKind.Https) ?? listeners.Find(ListenerKind.Federation))!.Port;
        var mapped = host.Port is null && listeners.Find(ListenerKind.Http)!.Port != 80;
        return mapped || https == 443 ? "" : $":{https}";
    }
}
