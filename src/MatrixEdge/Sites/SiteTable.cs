using System.Collections.Frozen;
using System.Collections.Immutable;
using MatrixEdge.Configuration;

namespace MatrixEdge.Sites;

/// <summary>All that follows from one configuration; replaced as a whole.</summary>
internal sealed class SiteTable
{
    private readonly FrozenDictionary<string, SiteAddress>.AlternateLookup<ReadOnlySpan<char>> byHost;

    private SiteTable(EdgeSettings settings, Backends backends)
    {
        Settings = settings;
        Backends = backends;
        Sites = [.. settings.Sites.Select(site => new Site(site, backends))];
        byHost = Sites.SelectMany(site => site.Settings.Hosts.Select(host => (host.Name, Address: new SiteAddress(site, host.Role))))
            .ToFrozenDictionary(pair => pair.Name, pair => pair.Address, StringComparer.OrdinalIgnoreCase)
            .GetAlternateLookup<ReadOnlySpan<char>>();
    }

    public EdgeSettings Settings { get; }

    public ImmutableArray<Site> Sites { get; }

    private Backends Backends { get; }

    /// <summary>Builds the table; what is known of the programs behind the gateway is kept for those that stay.</summary>
    public static SiteTable Build(EdgeSettings settings, SiteTable? before) => new(settings, new Backends(before?.Backends));

    /// <summary>Where a <c>Host</c> header leads, with or without a port; null when it is nobody's.</summary>
    public SiteAddress? Find(string? host)
    {
        var name = host.AsSpan();
        var colon = name.LastIndexOf(':');
        if (colon >= 0 && name.LastIndexOf(']') < colon)
            name = name[..colon];
        if (name.EndsWith('.'))
            name = name[..^1]; // "example.org." is the same name, written in full
        return byHost.TryGetValue(name, out var address) ? address : null;
    }
}
