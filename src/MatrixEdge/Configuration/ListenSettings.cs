using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;

namespace MatrixEdge.Configuration;

/// <summary>Which ports are open; a listener that is null is closed.</summary>
/// <param name="DrainFor">How long running requests may take to finish after SIGTERM.</param>
internal sealed record ListenSettings(
    ListenAddress? Http,
    ListenAddress? Https,
    ListenAddress? Federation,
    ListenAddress? Admin,
    TimeSpan DrainFor)
{
    public IEnumerable<ListenAddress> All => new[] { Http, Https, Federation, Admin }.OfType<ListenAddress>();

    /// <summary>Those where trusted proxies begin with a PROXY header.</summary>
    public IEnumerable<ListenAddress> WithProxyHeader => All.Where(address => address.HasProxyHeader);

    /// <summary>The listener of the gateway's own that this address leads to; null when it leads elsewhere.</summary>
    /// <summary>Whether other servers can come by this port: that of a listener, or one that may be mapped to one.</summary>
    public bool IsReached(int port) => port is 443 or 8448 || port == Https?.Port || port == Federation?.Port;

    public ListenAddress? OwnerOf(Uri address) =>
        address.IsLoopback ? All.FirstOrDefault(listener => listener.Port == address.Port) : null;

    public static ListenSettings Parse(SettingsSection section)
    {
        var settings = new ListenSettings(
            Address(section, "Http", "80"),
            Address(section, "Https", "443"),
            Address(section, "Federation", "8448"),
            Address(section, "Admin", "127.0.0.1:9090"),
            section.Duration("DrainFor") ?? TimeSpan.FromSeconds(30));
        settings = ParseProxyProtocol(section, settings);
        section.RejectUnknownKeys();

        if (settings.DrainFor < TimeSpan.Zero || settings.DrainFor > TimeSpan.FromHours(1))
            section.Report("DrainFor", "must be a length of time up to one hour, for example \"00:00:30\"");

        if (settings is { Https: null, Federation: null })
            section.Problems.Add(section.Path, null, "Https and Federation are both closed, so nothing could be served; open at least one");

        var open = settings.All.ToList();
        for (var i = 0; i < open.Count; i++)
        {
            for (var j = i + 1; j < open.Count; j++)
            {
                if (open[i].Overlaps(open[j]))
                    section.Problems.Add(open[j].Key, $"\"{open[j]}\"", $"{open[i].Key} already listens there; each listener needs a port of its own");
            }
        }

        if (settings.Admin is { } admin && admin.EndPoints.Any(endPoint => !IPAddress.IsLoopback(endPoint.Address)))
            section.Problems.Note($"{admin.Key} is \"{admin}\": the admin listener can be reached from other hosts; close it to them with a firewall");

        return settings;
    }

    /// <summary>Holds the listeners against what is said beside them.</summary>
    /// <param name="edge">The section that <c>Listen</c> and <c>TrustedProxies</c> stand in.</param>
    public void Check(SettingsSection edge)
    {
        if (WithProxyHeader.Any() && edge.Raw("TrustedProxies") is null or JsonArray { Count: 0 })
        {
            edge.Problems.Add(
                $"{edge.Key("Listen")}:ProxyProtocol", null,
                "nobody is trusted to send a PROXY header; name the proxies that stand in front, for example \"TrustedProxies\": [ \"10.0.0.5\" ], or leave this key out");
        }
    }

    private static ListenSettings ParseProxyProtocol(SettingsSection section, ListenSettings settings)
    {
        foreach (var (key, value) in section.List("ProxyProtocol"))
        {
            var text = value is JsonValue json && json.TryGetValue<string>(out var read) ? read : "";
            bool Names(string listener) => text.Equals(listener, StringComparison.OrdinalIgnoreCase);

            if (Names("Http"))
                settings = settings with { Http = WithHeader(settings.Http, key) };
            else if (Names("Https"))
                settings = settings with { Https = WithHeader(settings.Https, key) };
            else if (Names("Federation"))
                settings = settings with { Federation = WithHeader(settings.Federation, key) };
            else
                section.Problems.Add(key, SettingsSection.Show(value), "it must be one of Http, Https, Federation: the listeners that a proxy stands in front of");
        }

        return settings;

        ListenAddress? WithHeader(ListenAddress? address, string key)
        {
            if (address is null)
                section.Problems.Note($"{key} names a listener that is closed, and has no effect");
            return address is null ? null : address with { HasProxyHeader = true };
        }
    }

    private static ListenAddress? Address(SettingsSection section, string name, string absent)
    {
        var text = section.Text(name) ?? absent;
        if (text.Length == 0)
            return null;

        if (ListenAddress.TryParse(section.Key(name), text, out var address))
            return address;

        section.Report(name, "must be a port (\"443\"), an address with a port (\"127.0.0.1:8443\", \"[::1]:8443\", \"localhost:8443\"), or \"\" for closed");
        return null;
    }
}

/// <summary>Where one listener listens.</summary>
/// <param name="Key">The configuration key, for messages.</param>
/// <param name="Text">As written.</param>
/// <param name="EndPoints">One, or two for <c>localhost</c>. <see cref="IPAddress.IPv6Any"/> stands for all IPv4 and IPv6 addresses.</param>
internal sealed record ListenAddress(string Key, string Text, ImmutableArray<IPEndPoint> EndPoints)
{
    public int Port => EndPoints[0].Port;

    /// <summary>Whether trusted proxies begin their connections with a header of the PROXY protocol.</summary>
    public bool HasProxyHeader { get; init; }

    public static bool TryParse(string key, string text, out ListenAddress? address)
    {
        address = null;
        var colon = text.LastIndexOf(':');
        if (!int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port) || port > ushort.MaxValue)
            return false;

        ImmutableArray<IPAddress> addresses;
        var host = colon < 0 ? "" : text[..colon];
        if (colon < 0)
            addresses = [IPAddress.IPv6Any];
        else if (host.Equals("localhost", StringComparison.OrdinalIgnoreCase))
            addresses = Socket.OSSupportsIPv6 ? [IPAddress.Loopback, IPAddress.IPv6Loopback] : [IPAddress.Loopback];
        else if (host.StartsWith('[') && host.EndsWith(']') && IPAddress.TryParse(host[1..^1], out var v6) && v6.AddressFamily == AddressFamily.InterNetworkV6)
            addresses = [v6];
        else if (host.Split('.').Length == 4 && IPAddress.TryParse(host, out var v4) && v4.AddressFamily == AddressFamily.InterNetwork)
            addresses = [v4];
        else
            return false;

        address = new ListenAddress(key, text, [.. addresses.Select(ip => new IPEndPoint(ip, port))]);
        return true;
    }

    public bool Overlaps(ListenAddress other) =>
        EndPoints.Any(mine => other.EndPoints.Any(theirs =>
            mine.Port == theirs.Port && mine.Port != 0
            && (mine.Address.Equals(theirs.Address) || IsAny(mine.Address) || IsAny(theirs.Address))));

    public override string ToString() => Text;

    private static bool IsAny(IPAddress address) => address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any);
}
