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

    /// <summary>To be called when the homeserver has answered. Allocates nothing for a server that is known and right.</summary>
    public void Note(HttpContext context, Exchange exchange, Site site)
    {
        var header = context.Request.Headers.Authorization.ToString();
        if (!XMatrix.IsScheme(header) || !XMatrix.TryParse(header, out var signed))
            return;

        // Servers of before v1.3 of the specification name no destination.
        if (!signed.Destination.IsEmpty && !signed.Destination.Equals(site.ServerName, StringComparison.OrdinalIgnoreCase))
        {
            Say(signed.Origin.ToString(), signed.Destination.ToString(), context.Request.Headers.Host.ToString(), site);
            return;
        }

        if (context.Response.StatusCode is not (StatusCodes.Status401Unauthorized or StatusCodes.Status403Forbidden or >= StatusCodes.Status500InternalServerError))
            site.Origins.Note(signed.Origin, site.FormerWay?.Is(context.Request.Headers.Host.ToString(), exchange.Connection.Listener) == true);
    }

    private void Say(string origin, string destination, string host, Site site)
    {
        var now = time.GetUtcNow();
        if (said.TryGetValue((origin, site.ServerName), out var last) && now - last < SaidFor)
            return;

        if (said.Count >= MostSaid)
        {
            foreach (var (key, at) in said)
            {
                if (now - at >= SaidFor)
                    said.TryRemove(key, out _);
            }

            if (said.Count >= MostSaid)
                return;
        }

        said[(origin, site.ServerName)] = now;
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
