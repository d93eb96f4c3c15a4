using MatrixEdge.Configuration;
using MatrixEdge.Delegation;
using MatrixEdge.Limiting;
using MatrixEdge.Listening;
using MatrixEdge.Protocol;
using MatrixEdge.Proxying;
using MatrixEdge.Sockets;
using MatrixEdge.Website;

namespace MatrixEdge.Sites;

/// <summary>
/// What the public ports do with a request, in order: does a certificate authority ask, is it well formed, must it be redirected
/// to HTTPS, whose is it, is it a well-known document, is it that of a program behind the gateway, is it the website's; else it is
/// nobody's. Decided on the raw target, before anything is awaited.
/// </summary>
internal sealed class PublicRequests(
    CurrentSites sites, HttpChallenges challenges, HttpRedirect redirect, RequestLimits limits, BackendForwarder forwarder,
    Maintenance maintenance, SignedRequests signedRequests, Echo echo)
{
    private const string Matrix = "/_matrix/";

    public Task HandleAsync(HttpContext context, Exchange exchange)
    {
        var raw = RequestTarget.OriginForm(context);
        var target = RequestTarget.Parse(raw);
        if (exchange.Connection.Listener == ListenerKind.Http && HttpChallenges.Owns(target.Path))
            return challenges.AnswerAsync(context, target.Path);

        if (!RequestTarget.IsWellFormed(raw))
        {
            exchange.Reason = "the target holds bytes that no target may hold";
            return MatrixError.RefusedTarget.WriteAsync(context);
        }

        var table = sites.Table;
        if (exchange.Connection.IsTrusted(table.Settings.TrustedProxies))
        {
            exchange.Client = ClientAddress.Of(exchange.Connection, context.Request.Headers, table.Settings.TrustedProxies);
            if (context.Request.Headers["X-Forwarded-Proto"].ToString() is "http" or "https")
                exchange.Scheme = context.Request.Headers["X-Forwarded-Proto"].ToString();
        }

        // Unless a trusted proxy took care of TLS: redirecting its clients to where they are would never end.
        if (exchange.Connection.Listener == ListenerKind.Http && exchange.Scheme == "http")
            return redirect.AnswerAsync(context, target);

        if (table.Find(context.Request.Headers.Host) is not { } address)
        {
            exchange.Reason = "no site has this host";
            return MatrixError.UnknownHost.WriteAsync(context);
        }

        exchange.Site = address.Site.ServerName;
        if (table.OwnHeaders is not null && exchange.Scheme == "https")
            context.Features.Set(table.OwnHeaders);

        // "OPTIONS *" and "CONNECT host:port": put behind the address of a program, they would make another address of it.
        if (!raw.StartsWith('/'))
        {
            exchange.Reason = "the target is no path";
            return MatrixError.RefusedTarget.WriteAsync(context);
        }

        var site = address.Site;
        return address.Role switch
        {
            HostRole.WebClient => ShowAsync(site.WebClient!, context),
            HostRole.AuthenticationService => PassAsync(context, exchange, site, Destination.AuthenticationService, target),
            HostRole.Calls => PassAsync(context, exchange, site, CallRoutes.IsTokenServices(target.Path) ? Destination.CallTokens : Destination.CallMedia, target),
            _ when WellKnownEndpoint.Owns(target.Path) => WellKnownEndpoint.AnswerAsync(context, target.Path, site.WellKnown),
            _ when echo.Owns(target.Path) => echo.AnswerAsync(context, exchange),
            _ => AnswerAsync(context, exchange, address, target),
        };
    }

    private Task AnswerAsync(HttpContext context, Exchange exchange, SiteAddress address, RequestTarget target)
    {
        var site = address.Site;
        var destination = site.Routes.Find(target, exchange.Connection.IsNamed ? exchange.Client : "");
        switch (destination)
        {
            case Destination.Refused:
                exchange.Reason = "the path has dot segments, empty segments or backslashes";
                return MatrixError.RefusedTarget.WriteAsync(context);

            case Destination.None when address.IsApex && site.Website is not null:
                return ShowAsync(site.Website, context);

            case Destination.None when address.IsApex && site.Find(Destination.Website) is not null:
                return PassAsync(context, exchange, site, Destination.Website, target);

            case Destination.None or Destination.Private:
                return MatrixError.NotFound.WriteAsync(context);

            case Destination.CallTokens or Destination.CallMedia: // browsers' questions are answered there
                return PassAsync(context, exchange, site, destination, target);

            default:
                return HttpMethods.IsOptions(context.Request.Method) && target.Path.StartsWith(Matrix, StringComparison.Ordinal)
                    ? Cors.AnswerPreflightAsync(context, target.Path)
                    : PassUnlessMaintainedAsync(context, exchange, site, destination, target);
        }
    }

    // Files are looked for by system calls that wait. An event loop has others to serve.
    private static async Task ShowAsync(IWebsite website, HttpContext context)
    {
        await EventLoop.LeaveAsync();
        await website.AnswerAsync(context);
    }

    private Task PassUnlessMaintainedAsync(HttpContext context, Exchange exchange, Site site, Destination destination, RequestTarget target)
    {
        // A policy server is a program of its own.
        if (destination == Destination.PolicyServer || maintenance.Find(site.ServerName) is not { } answer)
            return PassAsync(context, exchange, site, destination, target);

        exchange.Reason = "the homeserver is being maintained";
        return answer.WriteAsync(context);
    }

    private Task PassAsync(HttpContext context, Exchange exchange, Site site, Destination destination, RequestTarget target) =>
        PassAsync(context, exchange, site, destination, TimeLimits.For(exchange.Operation, target.Query));

    // Places are the homeserver's: a call holds its connection for as long as it lasts.
    private async Task PassAsync(HttpContext context, Exchange exchange, Site site, Destination destination, TimeSpan silence)
    {
        if (destination == Destination.Homeserver)
            signedRequests.Check(context, site);
        using var lease = await limits.EnterAsync(
            context, exchange, site.Limits, site.ServerName, takesPlace: destination == Destination.Homeserver);
        await (lease.IsRefused ? lease.AnswerAsync(context) : forwarder.ForwardAsync(context, exchange, site.Find(destination)!, silence));
        if (destination == Destination.Homeserver)
            signedRequests.Note(context, exchange, site);
    }
}
