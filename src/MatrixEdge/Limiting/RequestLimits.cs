using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Threading.RateLimiting;
using MatrixEdge.Configuration;
using MatrixEdge.Observability;
using MatrixEdge.Protocol;
using MatrixEdge.Proxying;

namespace MatrixEdge.Limiting;

/// <summary>
/// Whether a request may go on to the homeserver now, later, or not at all. The configuration comes with each request: a
/// changed one counts from the next request on, and goes on with what was counted before.
/// </summary>
internal sealed partial class RequestLimits(TimeProvider time, ILogger<RequestLimits> logger) : IDisposable
{
    /// <summary>When to come again after being shed. Nobody knows when the homeserver has caught up; soon enough for a person who waits.</summary>
    private const int ShedRetryAfter = 5;

    private readonly Allowances allowances = new(time);
    private readonly ConcurrentDictionary<string, Places> sites = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<(LimitGroup, string), long> limited = new();
    private readonly OncePerHour<LimitKey> floods = new(time, most: 4096);
    private readonly OncePerHour<string> crowds = new(time);

    /// <summary>How many requests of each group and site were refused since the start.</summary>
    public IEnumerable<(LimitGroup Group, string Site, long Count)> Limited => limited.Select(entry => (entry.Key.Item1, entry.Key.Item2, entry.Value));

    /// <summary>How many requests of a site are under way at its homeserver, and how many wait; null while nobody counts.</summary>
    public (long Running, long Waiting)? FindPlaces(string site) => sites.TryGetValue(site, out var places) ? places.Now : null;

    /// <summary>
    /// Asks to send a request to the homeserver. To be called for what would reach it, after everything that the gateway answers
    /// itself. Completes at once unless the request has to wait for a place. Where nothing limits the operation, and
    /// places are not counted, it allocates nothing and takes no lock.
    /// </summary>
    /// <param name="site">Server name of the site: whose homeserver's places are meant, and what metrics and log say.</param>
    /// <param name="takesPlace">False for what goes to another back end than the homeserver.</param>
    /// <returns>To be disposed when the answer is passed on.</returns>
    public ValueTask<LimitLease> EnterAsync(HttpContext context, Exchange exchange, LimitSettings settings, string site, bool takesPlace = true)
    {
        var group = GroupOf(context, exchange.Operation);
        var limit = settings.Of(group);
        var origin = settings.Federation.IsOff ? "" : SignedBy(context);
        var isCounted = takesPlace && !settings.Concurrency.IsOff && exchange.Operation.Patience is not (Patience.LongPoll or Patience.Media);
        if (limit.IsOff && origin.Length == 0 && !isCounted)
            return default;

        var address = AddressOf(exchange);
        if (exchange.Connection.IsNamed && IsExempt(address, settings))
            return default;

        if (!limit.IsOff && !allowances.TryTake(LimitKey.Of(group, address), limit, out var retryAfter))
            return new ValueTask<LimitLease>(Refuse(exchange, LimitKey.Of(group, address), limit, site, retryAfter, LimitKey.Text(address)));

        if (origin.Length > 0 && !TryTakeOf(origin, address, settings.Federation, out var key, out var sender, out retryAfter))
            return new ValueTask<LimitLease>(Refuse(exchange, key, settings.Federation, site, retryAfter, sender));

        return isCounted ? TakePlace(context, exchange, settings.Concurrency, site, address) : default;
    }

    public void Dispose()
    {
        foreach (var places in sites.Values)
            places.Dispose();
    }

    // Homeservers compare the bytes of a path, as the list of operations does. One that decodes them first would take
    // "/v3/%6cogin" for a log-in, and whoever floods would have found a way around.
    private static LimitGroup GroupOf(HttpContext context, Operation operation)
    {
        if (!operation.IsArea)
            return operation.Limit;

        var path = RequestTarget.Of(context).Path;
        return path.Contains('%') ? Operations.Find(context.Request.Method, Uri.UnescapeDataString(path)).Limit : LimitGroup.None;
    }

    private static string SignedBy(HttpContext context)
    {
        foreach (var header in context.Request.Headers.Authorization)
        {
            if (XMatrix.IsScheme(header))
                return header!;
        }

        return "";
    }

    // Made of the text only where a proxy told it.
    private static IPAddress AddressOf(Exchange exchange) =>
        ReferenceEquals(exchange.Client, exchange.Connection.PeerText) || !IPAddress.TryParse(exchange.Client, out var address)
            ? exchange.Connection.Peer
            : address;

    private static bool IsExempt(IPAddress address, LimitSettings settings)
    {
        foreach (var network in settings.Exempt)
        {
            if (network.Contains(address))
                return true;
        }

        return false;
    }

    // A header that names no server counts for the address that sent it; homeservers refuse it, but each reads in its own way.
    private bool TryTakeOf(string header, IPAddress address, RateLimit limit, out LimitKey key, out string sender, out TimeSpan retryAfter)
    {
        var isNamed = XMatrix.TryParse(header, out var value) & LimitKey.TryOf(LimitGroup.Federation, value.Origin, out key);
        if (!isNamed)
            key = LimitKey.Of(LimitGroup.Federation, address);
        var isAllowed = allowances.TryTake(key, limit, out retryAfter);
        sender = isAllowed ? "" : isNamed ? value.Origin.ToString() : LimitKey.Text(address);
        return isAllowed;
    }

    private ValueTask<LimitLease> TakePlace(HttpContext context, Exchange exchange, ConcurrencySettings settings, string site, IPAddress address)
    {
        var places = PlacesOf(site, settings);
        var client = LimitKey.Of(LimitGroup.Concurrency, address);
        if (!places.TryJoin(client, out var slot))
        {
            exchange.Reason = string.Create(CultureInfo.InvariantCulture, $"the client has {settings.PerClient} requests under way already");
            if (floods.IsDue(client, out var refused))
                Log.TooManyOfOne(logger, LimitKey.Text(address), settings.PerClient, site, refused);
            return new ValueTask<LimitLease>(Shed(site));
        }

        var place = places.TryTake();
        if (place.IsAcquired)
            return new ValueTask<LimitLease>(LimitLease.Of(places, slot, place));

        place.Dispose();
        return WaitAsync(context, exchange, places, slot, site);
    }

    private async ValueTask<LimitLease> WaitAsync(HttpContext context, Exchange exchange, Places places, int slot, string site)
    {
        var settings = places.Settings;
        using var timeout = new CancellationTokenSource(settings.WaitFor, time);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, context.RequestAborted);
        try
        {
            var place = await places.TakeAsync(end.Token);
            if (place.IsAcquired)
                return LimitLease.Of(places, slot, place);

            place.Dispose();
            exchange.Reason = string.Create(CultureInfo.InvariantCulture, $"{settings.Requests} requests are under way and {settings.Queue} wait already");
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            places.Leave(slot);
            exchange.Reason = "the client went away while waiting for the homeserver to be free";
            return LimitLease.Abandoned();
        }
        catch (OperationCanceledException)
        {
            exchange.Reason = string.Create(CultureInfo.InvariantCulture, $"{settings.Requests} requests are under way, and none ended within {settings.WaitFor:c}");
        }

        places.Leave(slot);
        if (crowds.IsDue(site, out var refused))
            Log.TooMany(logger, site, settings.Requests, settings.WaitFor, settings.Queue, refused);
        return Shed(site);
    }

    private Places PlacesOf(string site, ConcurrencySettings settings) =>
        sites.TryGetValue(site, out var places) && places.Settings == settings
            ? places
            : sites.AddOrUpdate(
                site, static (_, next) => new Places(next), static (_, before, next) => before.Settings == next ? before : new Places(next), settings);

    private LimitLease Shed(string site)
    {
        Count(LimitGroup.Concurrency, site);
        return LimitLease.Refused(MatrixError.LimitExceeded(ShedRetryAfter));
    }

    private LimitLease Refuse(Exchange exchange, LimitKey key, RateLimit limit, string site, TimeSpan retryAfter, string sender)
    {
        Count(key.Group, site);
        exchange.Reason = $"more {key.Group} requests than {limit} by {sender}";
        if (floods.IsDue(key, out var refused))
        {
            if (key.Group == LimitGroup.Federation)
                Log.FloodOfServer(logger, sender, limit.Requests, limit.Per, refused);
            else
                Log.Flood(logger, sender, key.Group, limit.Requests, limit.Per, refused);
        }

        return LimitLease.Refused(MatrixError.LimitExceeded((int)Math.Ceiling(retryAfter.TotalSeconds)));
    }

    private void Count(LimitGroup group, string site) => limited.AddOrUpdate((group, site), 1, static (_, count) => count + 1);

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Warning, "{Client} makes more {Group} requests than {Requests} in {Per}: the rest is answered with 429, {Refused} since this was last said. Many people behind one address? Raise MatrixEdge:Limits:{Group}, or add the network to MatrixEdge:Limits:Exempt")]
        public static partial void Flood(ILogger logger, string client, LimitGroup group, int requests, TimeSpan per, long refused);

        [LoggerMessage(LogLevel.Warning, "The server {Origin} sends more requests than {Requests} in {Per}: the rest is answered with 429, {Refused} since this was last said. If it is a good neighbour, raise MatrixEdge:Limits:Federation")]
        public static partial void FloodOfServer(ILogger logger, string origin, int requests, TimeSpan per, long refused);

        [LoggerMessage(LogLevel.Warning, "{Client} has {PerClient} requests under way at {Site}: more are answered with 429, {Refused} since this was last said. If it is a proxy, add it to MatrixEdge:TrustedProxies; else raise MatrixEdge:Limits:Concurrency:PerClient, or add it to MatrixEdge:Limits:Exempt")]
        public static partial void TooManyOfOne(ILogger logger, string client, int perClient, string site, long refused);

        [LoggerMessage(LogLevel.Warning, "{Site} has {Requests} requests under way; who waits longer than {WaitFor}, or behind {Queue} others, is answered with 429, {Refused} since this was last said. The homeserver does not keep up; if it is idle, raise MatrixEdge:Limits:Concurrency")]
        public static partial void TooMany(ILogger logger, string site, int requests, TimeSpan waitFor, int queue, long refused);
    }
}
