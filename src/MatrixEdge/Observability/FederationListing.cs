using System.Collections.Immutable;
using System.Globalization;
using MatrixEdge.Sites;

namespace MatrixEdge.Observability;

/// <summary>What <c>GET /federation</c> says: which servers came since the start, and how far a move has come.</summary>
internal sealed record FederationListing(ImmutableArray<FederationListing.Entry> Sites)
{
    // Nobody keeps a document for longer (Matrix server-server §2.1), and a failure for no more than an hour.
    private static readonly TimeSpan LongestCache = TimeSpan.FromHours(48);

    private const int Named = 10;

    public static FederationListing Of(SiteTable table, DateTimeOffset now) => new([.. table.Sites.Select(site => Of(site, now))]);

    private static Entry Of(Site site, DateTimeOffset now)
    {
        var origins = site.Origins.All;
        return new Entry(
            site.ServerName, site.Origins.Since, origins.Length, origins.Sum(origin => origin.Requests), [.. origins.Take(Named).Select(origin => new Busy(origin.Name, origin.Requests))],
            site.FormerWay is null ? null : Move(site, origins, now))
        {
            Refused = [.. site.Refused.All.OrderByDescending(origin => origin.IsKnown).Take(Named).Select(origin =>
                new Refused(origin.Name, origin.IsKnown, origin.Requests, origin.Last, origin.InARow == 0, origin.Latest.Cause, origin.Latest.Words))],
            RefusedForgotten = site.Refused.Forgotten,
        };
    }

    private static Migration Move(Site site, ImmutableArray<FederationOrigin> origins, DateTimeOffset now)
    {
        var former = origins.Where(origin => origin.IsStillFormer).OrderByDescending(origin => origin.LastByFormerWay).ToImmutableArray();
        var last = origins.Max(origin => origin.LastByFormerWay);
        var settings = site.Settings.Migration!;
        return new Migration(
            settings.FromHost ?? site.Settings.PublicHost.Host, settings.FromPort ?? site.Settings.FederationPort, site.Settings.DelegatedServer,
            former.Length, origins.Length - former.Length, last, [.. former.Take(Named).Select(origin => origin.Name)], Verdict(site, former.Length, last, now));
    }

    private static string Verdict(Site site, int former, DateTimeOffset? last, DateTimeOffset now)
    {
        var quietSince = last ?? site.Origins.Since;
        if (now - quietSince >= LongestCache)
            return $"Nobody has come by the former way for {Words(now - quietSince)}, longer than any document is remembered: the move is done. Take MatrixEdge:Sites:…:Migration away";
        return last is null
            ? $"Nobody has come by the former way in the {Words(now - quietSince)} since counting began; wait until that is two days, as long as a document may be remembered"
            : $"{former} {(former == 1 ? "server comes" : "servers come")} by the former way still, the last one {Words(now - quietSince)} ago: leave it open";
    }

    private static string Words(TimeSpan time) => time switch
    {
        { TotalDays: >= 2 } => string.Create(CultureInfo.InvariantCulture, $"{time.TotalDays:0} days"),
        { TotalHours: >= 2 } => string.Create(CultureInfo.InvariantCulture, $"{time.TotalHours:0} hours"),
        { TotalMinutes: >= 2 } => string.Create(CultureInfo.InvariantCulture, $"{time.TotalMinutes:0} minutes"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{Math.Max(0, time.TotalSeconds):0} seconds"),
    };

    /// <param name="Servers">How many servers came.</param>
    /// <param name="Busiest">Those with the most requests.</param>
    internal sealed record Entry(string Site, DateTimeOffset Since, int Servers, long Requests, ImmutableArray<Busy> Busiest, Migration? Migration)
    {
        /// <summary>Servers that were not served: those that were believed before, then others; each kind by who came last.</summary>
        public ImmutableArray<Refused> Refused { get; init; } = [];

        /// <summary>How often one of those had to be forgotten for another.</summary>
        public long RefusedForgotten { get; init; }
    }

    internal sealed record Busy(string Server, long Requests);

    /// <param name="Known">Whether the homeserver has believed it since the start; else anybody may have used its name.</param>
    /// <param name="Requests">How many were not served.</param>
    /// <param name="Last">When one was not served last.</param>
    /// <param name="ServedSince">Whether one was served since then.</param>
    /// <param name="Words">The likely cause of the last one, and what to do.</param>
    internal sealed record Refused(string Server, bool Known, long Requests, DateTimeOffset Last, bool ServedSince, RefusalCause Cause, string Words);

    /// <param name="Former">How many servers came by the former way when they last came.</param>
    /// <param name="Present">How many came by the way that is announced.</param>
    internal sealed record Migration(
        string FromHost, int FromPort, string To, int Former, int Present, DateTimeOffset? LastByFormerWay, ImmutableArray<string> StillFormer, string Verdict);
}
