using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;

namespace MatrixEdge.Configuration;

/// <summary>
/// Who stands in front of the gateway and is believed about his clients, and how he names them. Looking an address up takes
/// hardly longer with hundreds of networks, and allocates nothing.
/// </summary>
internal sealed class TrustedProxies
{
    /// <summary>Nobody: whoever connects is the client.</summary>
    public static TrustedProxies None { get; } = new(ClientAddressHeader.XForwardedFor);

    private static readonly string[] Names = ["cloudflare", "private"];

    // This host, RFC 1918 §3, RFC 4193 §3.1.
    private static readonly string[] Private = ["127.0.0.0/8", "::1/128", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"];

    private readonly bool listsCloudflare;
    private readonly (uint First, uint Last)[] ofIPv4;
    private readonly (UInt128 First, UInt128 Last)[] ofIPv6;

    // Most trust nobody, and need none of what sorts networks to be compiled at the start.
    private TrustedProxies(ClientAddressHeader header)
    {
        Header = header;
        (Networks, Words, ofIPv4, ofIPv6) = ([], "", [], []);
    }

    private TrustedProxies(List<Entry> entries, ClientAddressHeader header)
    {
        Header = header;
        Networks = [.. entries.SelectMany(entry => entry.Networks)];
        Words = string.Join(", ", entries.Select(entry => entry.Text));
        listsCloudflare = entries.Any(entry => entry.Networks == CloudflareNetworks.Shipped.All);
        ofIPv4 = Merge(Networks.Select(FindIPv4).OfType<(uint, uint)>(), static last => last == uint.MaxValue ? last : last + 1);
        ofIPv6 = Merge(Networks.Where(network => FindIPv4(network) is null).Select(OfIPv6), static last => last == UInt128.MaxValue ? last : last + 1);
    }

    /// <summary>All that is trusted, names resolved, in the order of the configuration.</summary>
    public ImmutableArray<IPNetwork> Networks { get; }

    /// <summary>Which header of theirs names the client.</summary>
    public ClientAddressHeader Header { get; }

    /// <summary>As the operator wrote them, with the age of lists that are shipped; for reports.</summary>
    public string Words { get; }

    public bool IsEmpty => Networks.IsEmpty;

    public static TrustedProxies Of(params ImmutableArray<IPNetwork> networks) => Of(ClientAddressHeader.XForwardedFor, networks);

    public static TrustedProxies Of(ClientAddressHeader header, params ImmutableArray<IPNetwork> networks) =>
        new([.. networks.Select(network => new Entry(network.ToString(), [network]))], header);

    /// <summary>Understands <c>TrustedProxies</c> and <c>ClientAddressHeader</c> of this section.</summary>
    public static TrustedProxies Parse(SettingsSection section)
    {
        var entries = new List<Entry>();
        foreach (var (key, value) in section.List("TrustedProxies"))
        {
            var text = value is JsonValue json && json.TryGetValue<string>(out var read) ? read : "";
            if (ParseEntry(text, out var remedy) is { } entry)
                entries.Add(entry);
            else
                section.Problems.Add(key, SettingsSection.Show(value), remedy!);
        }

        var header = ParseHeader(section);
        if (header == ClientAddressHeader.CfConnectingIp && section.Raw("TrustedProxies") is null or JsonArray { Count: 0 })
        {
            section.Problems.Note(
                $"{section.Key("ClientAddressHeader")} is \"CF-Connecting-IP\", and nobody is trusted to send it: name who stands in front, for example \"TrustedProxies\": [ \"cloudflare\" ]");
        }

        return entries.Count == 0 ? new TrustedProxies(header) : new TrustedProxies(entries, header);
    }

    /// <summary>What to tell the operator of lists that have grown old; null when there is nothing.</summary>
    public string? FindNote(DateTimeOffset now) => listsCloudflare ? CloudflareNetworks.Shipped.FindNote(now) : null;

    /// <summary>Whether this address is one of theirs. Those of Workers at Cloudflare never are.</summary>
    public bool Contains(IPAddress address)
    {
        Span<byte> bytes = stackalloc byte[16];
        if (address.AddressFamily == AddressFamily.InterNetwork)
            return ofIPv4.Length > 0 && address.TryWriteBytes(bytes, out _) && IsWithin(ofIPv4, BinaryPrimitives.ReadUInt32BigEndian(bytes));

        address.TryWriteBytes(bytes, out _);
        return address.IsIPv4MappedToIPv6
            ? IsWithin(ofIPv4, BinaryPrimitives.ReadUInt32BigEndian(bytes[12..]))
            : IsWithin(ofIPv6, BinaryPrimitives.ReadUInt128BigEndian(bytes)) && !CloudflareNetworks.IsOfWorkers(address);
    }

    private static Entry? ParseEntry(string text, out string? remedy)
    {
        remedy = null;
        if (text.Equals("private", StringComparison.OrdinalIgnoreCase))
            return new Entry(text, [.. Private.Select(IPNetwork.Parse)]);
        if (text.Equals("cloudflare", StringComparison.OrdinalIgnoreCase))
            return new Entry($"{text} (list of {CloudflareNetworks.Shipped.Date:yyyy-MM-dd})", CloudflareNetworks.Shipped.All);

        if (NetworkList.TryParse(text, out var network, out var instead))
            return new Entry(network.ToString(), [network]);

        remedy = instead != NetworkList.Remedy ? instead
            : Spelling.Nearest(text, Names) is { } meant ? $"did you mean \"{meant}\"? It must be an address, a network, \"cloudflare\" or \"private\""
            : $"{instead}, or one of the names \"cloudflare\" and \"private\"";
        return null;
    }

    private static ClientAddressHeader ParseHeader(SettingsSection section)
    {
        const string Forwarded = "X-Forwarded-For", Cloudflares = "CF-Connecting-IP";
        var text = section.Text("ClientAddressHeader");
        if (text is null || text.Equals(Forwarded, StringComparison.OrdinalIgnoreCase))
            return ClientAddressHeader.XForwardedFor;
        if (text.Equals(Cloudflares, StringComparison.OrdinalIgnoreCase))
            return ClientAddressHeader.CfConnectingIp;

        var nearest = Spelling.Nearest(text, [Forwarded, Cloudflares]);
        section.Report("ClientAddressHeader", (nearest is null ? "" : $"did you mean \"{nearest}\"? ") + $"It must be one of {Forwarded}, {Cloudflares}");
        return ClientAddressHeader.XForwardedFor;
    }

    // Also of one that is written as IPv6; null when it is no part of IPv4.
    private static (uint First, uint Last)? FindIPv4(IPNetwork network)
    {
        var prefix = network.BaseAddress.AddressFamily == AddressFamily.InterNetwork ? network.PrefixLength
            : network.BaseAddress.IsIPv4MappedToIPv6 ? network.PrefixLength - 96 : -1;
        if (prefix < 0)
            return null;

        var first = BinaryPrimitives.ReadUInt32BigEndian(network.BaseAddress.MapToIPv4().GetAddressBytes());
        return (first, prefix == 0 ? uint.MaxValue : first | (uint)((1UL << (32 - prefix)) - 1));
    }

    private static (UInt128 First, UInt128 Last) OfIPv6(IPNetwork network)
    {
        var first = BinaryPrimitives.ReadUInt128BigEndian(network.BaseAddress.GetAddressBytes());
        return (first, network.PrefixLength == 0 ? UInt128.MaxValue : first | ((UInt128.One << (128 - network.PrefixLength)) - 1));
    }

    // In order, none touching another.
    private static (T First, T Last)[] Merge<T>(IEnumerable<(T First, T Last)> ranges, Func<T, T> after)
        where T : IComparable<T>
    {
        var merged = new List<(T First, T Last)>();
        foreach (var range in ranges.OrderBy(range => range.First))
        {
            if (merged.Count == 0 || range.First.CompareTo(after(merged[^1].Last)) > 0)
                merged.Add(range);
            else if (range.Last.CompareTo(merged[^1].Last) > 0)
                merged[^1] = (merged[^1].First, range.Last);
        }

        return [.. merged];
    }

    private static bool IsWithin<T>((T First, T Last)[] ranges, T address)
        where T : IComparable<T>
    {
        var (low, high) = (0, ranges.Length - 1);
        while (low <= high)
        {
            var middle = (low + high) >>> 1;
            if (address.CompareTo(ranges[middle].First) < 0)
                high = middle - 1;
            else if (address.CompareTo(ranges[middle].Last) > 0)
                low = middle + 1;
            else
                return true;
        }

        return false;
    }

    private sealed record Entry(string Text, ImmutableArray<IPNetwork> Networks);
}
