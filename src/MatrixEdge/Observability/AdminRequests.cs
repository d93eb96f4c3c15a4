using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Text;
using MatrixEdge.Listening;
using MatrixEdge.Observability.Status;
using MatrixEdge.Sites;
using Microsoft.AspNetCore.Http.Features;

namespace MatrixEdge.Observability;

/// <summary>
/// What the admin listener answers. Nobody is asked who he is: it is for those who can reach it, programs on this host. So
/// what changes something is refused to pages of others in a browser, which can reach it, too, and they can read nothing.
/// </summary>
internal sealed partial class AdminRequests
{
    /// <summary>The longest body of a request, in bytes.</summary>
    public const int LongestBody = 64 * 1024;

    private const string Metrics = "/metrics";

    private readonly (string Method, string Path, Func<HttpContext, Task> Handle)[] routes;
    private readonly ILogger logger;

    public AdminRequests(
        Health health, CertificateRequests certificates, MaintenanceRequests maintenance, StatusRequests status, PrometheusText metrics, CurrentSites sites, ServedCertificate served, Echo echo, TimeProvider time, ILogger<AdminRequests> logger)
    {
        this.logger = logger;
        routes =
        [
            ("GET", "/", status.PageAsync),
            ("GET", "/status.json", status.JsonAsync),
            ("GET", "/readme", StatusRequests.ReadmeAsync),
            ("GET", "/health/live", Health.LiveAsync),
            ("GET", "/health/ready", health.ReadyAsync),
            ("GET", Metrics, context => AdminAnswer.WriteAsync(context, StatusCodes.Status200OK, PrometheusText.ContentType, Encoding.UTF8.GetBytes(metrics.Write()))),
            ("GET", "/certificates", certificates.ListAsync),
            ("POST", "/certificates/renew", certificates.RenewAsync),
            ("POST", "/certificates/revoke", certificates.RevokeAsync),
            ("POST", "/certificates/roll-account-key", certificates.RollAccountKeyAsync),
            ("GET", "/maintenance", maintenance.ListAsync),
            ("POST", "/maintenance", maintenance.SetAsync),
            ("POST", "/echo", context => AdminAnswer.WriteAsync(context, StatusCodes.Status200OK, EchoPass.Of(echo, sites.Table, served))),
            ("GET", "/federation", context => AdminAnswer.WriteAsync(context, StatusCodes.Status200OK, FederationListing.Of(sites.Table, time.GetUtcNow()))),
        ];
    }

    [SuppressMessage("Design", "CA1031", Justification = "Whatever goes wrong is told to the operator, who asked, as an answer.")]
    public async Task HandleAsync(HttpContext context)
    {
        try
        {
            await RouteAsync(context);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // Whoever asked has gone.
        }
        catch (BadHttpRequestException exception) when (!context.Response.HasStarted)
        {
            await AdminAnswer.RefuseAsync(context, exception.StatusCode, exception.StatusCode == StatusCodes.Status413PayloadTooLarge
                ? $"The body is longer than {LongestBody / 1024} KiB; nothing was done" : exception.Message);
        }
        catch (Exception exception) when (!context.Response.HasStarted)
        {
            Log.Unexpected(logger, context.Request.Method, context.Request.Path, exception);
            await AdminAnswer.RefuseAsync(context, StatusCodes.Status500InternalServerError, $"{exception.Message.TrimEnd('.')}. The gateway's log says more");
        }
    }

    private Task RouteAsync(HttpContext context)
    {
        var path = context.Request.Path.Value;
        var here = routes.Where(route => route.Path == path).ToArray();
        if (here.Length == 0)
            return AdminAnswer.RefuseAsync(context, StatusCodes.Status404NotFound, $"Known here: {string.Join(", ", routes.Select(route => $"{route.Method} {route.Path}"))}");

        var asked = HttpMethods.IsHead(context.Request.Method) ? HttpMethods.Get : context.Request.Method;
        var (method, _, handle) = here.FirstOrDefault(route => route.Method == asked);
        if (handle is null)
        {
            context.Response.Headers.Allow = string.Join(", ", here.Select(route => route.Method == HttpMethods.Get ? "GET, HEAD" : route.Method));
            return AdminAnswer.RefuseAsync(context, StatusCodes.Status405MethodNotAllowed, $"Use {string.Join(" or ", here.Select(route => route.Method))}");
        }

        if (WhyForeign(context.Request, method, path!) is { } foreign)
            return AdminAnswer.RefuseAsync(context, StatusCodes.Status403Forbidden, foreign);

        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
            limit.MaxRequestBodySize = LongestBody;
        return handle(context);
    }

    // Browsers send Origin with every POST (Fetch §3.2), and a page whose name was led to this address by its owner's DNS sends
    // that name as Host: it could read, too. Probes and Prometheus come by whatever name they know this host by.
    private static string? WhyForeign(HttpRequest request, string method, string path)
    {
        if (path == Metrics || path.StartsWith("/health/", StringComparison.Ordinal))
            return null;
        if (method == HttpMethods.Post && request.Headers.Origin.Count > 0)
            return $"This came from a page in a browser ({request.Headers.Origin}), which may change nothing here. Use matrixedge certificates, or curl";

        var host = request.Host.Host;
        return host.Equals("localhost", StringComparison.OrdinalIgnoreCase) || IPAddress.TryParse(host.Trim('[', ']'), out _)
            ? null
            : $"This came for the host \"{host}\"; but for health and metrics, only an address or localhost is answered, so that no web site can lead a browser here by its own name. Use the address of the admin listener, for example http://127.0.0.1:9090, or a tunnel to it: ssh -L 9090:127.0.0.1:9090";
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Error, "The admin request {Method} {Path} failed in an unexpected way")]
        public static partial void Unexpected(ILogger logger, string method, string path, Exception exception);
    }
}
