using System.Text.Json;
using MatrixEdge.Listening;
using MatrixEdge.Proxying;
using MatrixEdge.Sites;

namespace MatrixEdge.Observability;

/// <summary>
/// What the admin listener answers: whether the gateway lives, and whether it can do its work. Relies on the cells that the
/// other rooms keep; changes nothing.
/// </summary>
internal sealed class AdminRequests(ServedCertificate certificate, CurrentSites sites, TimeProvider time)
{
    public Task HandleAsync(HttpContext context)
    {
        var path = context.Request.Path.Value;
        var isRead = HttpMethods.IsGet(context.Request.Method) || HttpMethods.IsHead(context.Request.Method);
        return path switch
        {
            "/health/live" or "/health/ready" when !isRead => AnswerAsync(context, StatusCodes.Status405MethodNotAllowed, new { error = "Use GET" }),
            "/health/live" => AnswerAsync(context, StatusCodes.Status200OK, new { status = "live" }),
            "/health/ready" => ReadyAsync(context),
            _ => AnswerAsync(context, StatusCodes.Status404NotFound, new { error = "Known here: /health/live, /health/ready" }),
        };
    }

    // A homeserver that is down is told, but is no reason to take the gateway out: the well-known documents are still right.
    private Task ReadyAsync(HttpContext context)
    {
        var now = time.GetUtcNow();
        var served = certificate.All;
        var unusable = served.Select(entry => WhyUnusable(entry.Value, now)).OfType<string>().ToArray();
        var without = certificate.NamesWithout;
        string[] reasons = served.IsEmpty ? ["there is no certificate to serve yet"]
            : without.IsEmpty ? unusable
            : [.. unusable, $"there is no certificate for {string.Join(", ", without)} yet"];

        // One site's trouble is no reason to take the others out, nor to keep an authority from validating that one.
        var isReady = unusable.Length < served.Length;
        var homeservers = sites.Table.Sites
            .Select(site => new { serverName = site.Settings.ServerName.ToString(), reachable = !site.Homeserver.IsDown })
            .ToArray();
        return AnswerAsync(
            context, isReady ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable,
            new { status = isReady ? "ready" : "not ready", reasons, homeservers });
    }

    private static string? WhyUnusable(CertificateBundle bundle, DateTimeOffset now) => bundle switch
    {
        _ when bundle.NotAfter <= now => $"the certificate for {string.Join(", ", bundle.Names)} expired at {bundle.NotAfter:u}",
        _ when bundle.NotBefore > now => $"the certificate for {string.Join(", ", bundle.Names)} is valid from {bundle.NotBefore:u} only; is this computer's clock right?",
        _ => null,
    };

    private static Task AnswerAsync(HttpContext context, int status, object answer)
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(answer);
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = body.Length;
        context.Response.Headers.CacheControl = "no-store";
        return HttpMethods.IsHead(context.Request.Method) ? Task.CompletedTask : context.Response.Body.WriteAsync(body).AsTask();
    }
}
