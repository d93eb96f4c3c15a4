using MatrixEdge.Observability;
using MatrixEdge.Protocol;
using MatrixEdge.Proxying;

namespace MatrixEdge.Sites;

/// <summary>
/// Looks at requests that other servers have signed (Matrix server-server §Request Authentication): counts who comes, and says
/// when one was meant for another server, which its homeserver must refuse and nobody would hear of.
/// </summary>
internal sealed partial class SignedRequests(CurrentSites sites, TimeProvider time, ILogger<SignedRequests> logger)
{
    private readonly OncePerHour<(string Origin, string Site)> said = new(time);

    /// <summary>To be called before the homeserver gets the request: tells of one that is not for this site.</summary>
    public void Check(HttpContext context, Site site)
    {
        // Servers of before v1.3 of the specification name no destination.
        if (TryRead(context, out var signed) && !signed.Destination.IsEmpty && !IsFor(signed, site))
            Say(signed.Origin.ToString(), signed.Destination.ToString(), context.Request.Headers.Host.ToString(), site);
    }

    /// <summary>
    /// To be called when the homeserver has answered: counts whom it believed, so that nobody can be somebody else, or thousands.
    /// Allocates nothing for a server that came before.
    /// </summary>
    public static void Count(HttpContext context, Exchange exchange, Site site)
    {
        if (context.Response.StatusCode < StatusCodes.Status400BadRequest && IsVerified(exchange.Operation)
            && TryRead(context, out var signed) && (signed.Destination.IsEmpty || IsFor(signed, site)))
        {
            site.Origins.Note(signed.Origin, site.FormerWay?.Is(context.Request.Headers.Host.ToString(), exchange.Connection.Listener) == true);
        }
    }

    // What servers ask of each other needs a signature but for these two (Matrix server-server §Get homeserver version, §OpenID);
    // anything else is answered whoever the header says it is from.
    private static bool IsVerified(Operation operation) =>
        !operation.IsArea && operation.Template.Contains(" /_matrix/federation/", StringComparison.Ordinal)
        && !operation.Template.EndsWith("/version", StringComparison.Ordinal) && !operation.Template.EndsWith("/openid/userinfo", StringComparison.Ordinal);

    // What is no server name is nobody's, and is neither kept nor said.
    private static bool TryRead(HttpContext context, out XMatrix signed)
    {
        signed = default;
        var header = context.Request.Headers.Authorization.ToString();
        return XMatrix.IsScheme(header) && XMatrix.TryParse(header, out signed)
            && ServerName.CouldBe(signed.Origin) && (signed.Destination.IsEmpty || ServerName.CouldBe(signed.Destination));
    }

    private static bool IsFor(XMatrix signed, Site site) => signed.Destination.Equals(site.ServerName, StringComparison.OrdinalIgnoreCase);

    private void Say(string origin, string destination, string host, Site site)
    {
        if (said.IsDue((origin, site.ServerName)))
            Log.Misdirected(logger, origin, destination, site.ServerName, host, Cause(destination, site));
    }

    private string Cause(string destination, Site site)
    {
        var settings = site.Settings;
        if (destination.Equals(settings.PublicHost.Host, StringComparison.OrdinalIgnoreCase) || destination.Equals(settings.DelegatedServer, StringComparison.OrdinalIgnoreCase))
            return $"It takes the public host for a server name; its users probably wrote {destination} where {site.ServerName} was meant";
        if (sites.Table.Sites.FirstOrDefault(other => other.ServerName.Equals(destination, StringComparison.OrdinalIgnoreCase)) is { } meant)
            return $"{destination} is a site of this gateway, too, but its well-known document or SRV record leads to {settings.PublicHost}; it must lead to {meant.Settings.PublicHost}";
        return $"The well-known document, an SRV record or the addresses of {destination} lead here. If that server is yours, add it to Sites; if it was, its old document is still remembered somewhere";
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Warning, "The server {Origin} sent a request for {Destination} to {ServerName} (Host: {Host}), where it must be refused. {Cause}")]
        public static partial void Misdirected(ILogger logger, string origin, string destination, string serverName, string host, string cause);
    }
}
