using System.Collections.Frozen;
using System.Collections.Immutable;
using MatrixEdge.Configuration;
using MatrixEdge.Proxying;

namespace MatrixEdge.Sites;

/// <summary>All that follows from one configuration; replaced as a whole.</summary>
internal sealed class SiteTable
{
    private readonly FrozenDictionary<string, Site>.AlternateLookup<ReadOnlySpan<char>> byHost;

    private SiteTable(EdgeSettings settings, ImmutableArray<Site> sites)
    {
        Settings = settings;
        Sites = sites;
        byHost = sites.SelectMany(site => site.Settings.Hosts.Select(host => (host, site)))
            .ToFrozenDictionary(pair => pair.host, pair => pair.site, StringComparer.OrdinalIgnoreCase)
            .GetAlternateLookup<ReadOnlySpan<char>>();
    }

    public EdgeSettings Settings { get; }

    public ImmutableArray<Site> Sites { get; }

    /// <summary>Builds the table; homeservers that stay keep what is known of them.</summary>
    public static SiteTable Build(EdgeSettings settings, SiteTable? before)
    {
        var homeservers = (before?.Sites ?? []).Select(site => site.Homeserver).DistinctBy(homeserver => homeserver.Address)
            .ToDictionary(homeserver => homeserver.Address);
        Homeserver HomeserverAt(Uri address) =>
            homeservers.TryGetValue(address, out var known) ? known : homeservers[address] = new Homeserver(address);

        return new SiteTable(settings, [.. settings.Sites.Select(site => new Site(site, HomeserverAt(site.Homeserver.Address)))]);
    }

    /// <summary>The site of a <c>Host</c> header, with or without a port; null when it is nobody's.</summary>
    public Site? Find(string? host)
    {
        var name = host.AsSpan();
        var colon = name.LastIndexOf(':');
        if (colon >= 0 && name.LastIndexOf(']') < colon)
            name = name[..colon];
        if (name.EndsWith('.'))
            name = name[..^1]; // "example.org." is the same name, written in full
        return byHost.TryGetValue(name, out var site) ? site : null;
    }
}
