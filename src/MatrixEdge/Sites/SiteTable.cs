using System.Collections.Frozen;
using System.Collections.Immutable;
using MatrixEdge.Configuration;
using MatrixEdge.Protocol;

namespace MatrixEdge.Sites;

/// <summary>All that follows from one configuration; replaced as a whole.</summary>
internal sealed class SiteTable
{
    private readonly FrozenDictionary<string, SiteAddress>.AlternateLookup<ReadOnlySpan<char>> byHost;

    private SiteTable(EdgeSettings settings, SiteTable? before, TimeProvider time)
    {
        Settings = settings;
        Backends = new Backends(before?.Backends);
        OwnHeaders = settings.StrictTransportSecurity is null ? null : new OwnHeaders(settings.StrictTransportSecurity);
        Sites = [.. settings.Sites.Select(site => new Site(site, settings, Backends, before?.FindSite(site.ServerName.ToString()), time))];
        byHost = Sites.SelectMany(site => site.Settings.Hosts.Select(host => (host.Name, Address: new SiteAddress(site, host.Role, site.Settings.IsApex(host.Name)))))
            .ToFrozenDictionary(pair => pair.Name, pair => pair.Address, StringComparer.OrdinalIgnoreCase)
            .GetAlternateLookup<ReadOnlySpan<char>>();
    }

    public EdgeSettings Settings { get; }

    public ImmutableArray<Site> Sites { get; }

    /// <summary>What goes with the gateway's own answers by TLS; null when that is nothing.</summary>
    public OwnHeaders? OwnHeaders { get; }

    private Backends Backends { get; }

    /// <summary>Builds the table; what is known of the programs behind the gateway is kept for those that stay.</summary>
    public static SiteTable Build(EdgeSettings settings, SiteTable? before, TimeProvider time) => new(settings, before, time);

    /// <summary>The site of a server name; null when there is none.</summary>
    public Site? FindSite(string serverName) => Sites.FirstOrDefault(site => site.ServerName.Equals(serverName, StringComparison.OrdinalIgnoreCase));

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
