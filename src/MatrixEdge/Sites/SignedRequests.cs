using System.Collections.Concurrent;
using MatrixEdge.Protocol;
using MatrixEdge.Proxying;

namespace MatrixEdge.Sites;

/// <summary>
/// Looks at requests that other servers have signed (Matrix server-server §Request Authentication): counts who comes, and says
/// when one was meant for another server, which its homeserver must refuse and nobody would hear of.
/// </summary>
internal sealed partial class SignedRequests(CurrentSites sites, TimeProvider time, ILogger<SignedRequests> logger)
{
    private static readonly TimeSpan SaidFor = TimeSpan.FromHours(1);

    // Whoever sends can claim anything: beyond so many, nothing new is said until the hour is over.
    private const int MostSaid = 1000;

    private readonly ConcurrentDictionary<(string Origin, string Site), DateTimeOffset> said = new();

    /// <summary>To be called before the homeserver gets the request: tells of one that is not for this site.</summary>
    public void Check(HttpContext context, Site site)
    {
        // Servers of before v1.3 of the specification name no destination.
        if (TryRead(context, out var signed) && !signed.Destination.IsEmpty && !IsFor(signed, site))
            Say(signed.Origin.ToString(), signed.Destination.ToString(), context.Request.Headers.Host.ToString(), site);
    }

    /// <summary>To be called when the homeserver has answered: counts. Allocates nothing for a server that came before.</summary>
    public static void Count(HttpContext context, Exchange exchange, Site site)
    {
        if (context.Response.StatusCode is not (StatusCodes.Status401Unauthorized or StatusCodes.Status403Forbidden or >= StatusCodes.Status500InternalServerError)
            && TryRead(context, out var signed) && (signed.Destination.IsEmpty || IsFor(signed, site)))
        {
            site.Origins.Note(signed.Origin, site.FormerWay?.Is(context.Request.Headers.Host.ToString(), exchange.Connection.Listener) == true);
        }
    }

    private static bool TryRead(HttpContext context, out XMatrix signed)
    {
        signed = default;
        var header = context.Request.Headers.Authorization.ToString();
        return XMatrix.IsScheme(header) && XMatrix.TryParse(header, out signed);
    }

    private static bool IsFor(XMatrix signed, Site site) => signed.Destination.Equals(site.ServerName, StringComparison.OrdinalIgnoreCase);

    private void Say(string origin, string destination, string host, Site site)
    {
        var now = time.GetUtcNow();
        if (said.Count >= MostSaid)
        {
            foreach (var (old, at) in said)
            {
                if (now - at >= SaidFor)
                    said.TryRemove(old, out _);
            }

            if (said.Count >= MostSaid)
                return;
        }

        var key = (origin, site.ServerName);
        if (!said.TryAdd(key, now) && (!said.TryGetValue(key, out var last) || now - last < SaidFor || !said.TryUpdate(key, now, last)))
            return;

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
