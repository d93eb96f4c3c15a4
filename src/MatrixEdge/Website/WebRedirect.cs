using MatrixEdge.Configuration;
using MatrixEdge.Protocol;

namespace MatrixEdge.Website;

/// <summary>
/// A website that is elsewhere: 302 for GET and HEAD, 307 otherwise, which keeps method and body; 301 and 308 where it is meant
/// for good (RFC 9110 §15.4). Path and query of the request are appended as the bytes that they are.
/// </summary>
internal sealed class WebRedirect(WebsiteRedirect settings) : IWebsite
{
    // Ends in no slash, so that a path, which starts with one, can neither double it nor become part of the host.
    private readonly string target = settings.KeepPath ? settings.Target.TrimEnd('/') : settings.Target;

    public Task AnswerAsync(HttpContext context)
    {
        var location = target;
        if (settings.KeepPath)
        {
            var raw = RequestTarget.OriginForm(context);
            if (!RequestTarget.IsWellFormed(raw) || raw[0] != '/')
                return MatrixError.RefusedTarget.WriteAsync(context); // "OPTIONS *" names nothing that could be elsewhere
            location += raw;
        }

        var response = context.Response;
        var isRead = HttpMethods.IsGet(context.Request.Method) || HttpMethods.IsHead(context.Request.Method);
        response.StatusCode = (isRead, settings.Permanent) switch
        {
            (true, false) => StatusCodes.Status302Found,
            (true, true) => StatusCodes.Status301MovedPermanently,
            (false, false) => StatusCodes.Status307TemporaryRedirect,
            (false, true) => StatusCodes.Status308PermanentRedirect,
        };
        OwnHeaders.Apply(context);
        response.Headers.Location = location;
        response.ContentLength = 0;
        return Task.CompletedTask;
    }
}
