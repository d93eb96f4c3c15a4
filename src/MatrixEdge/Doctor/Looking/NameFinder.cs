using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using MatrixEdge.Dns;

namespace MatrixEdge.Doctor.Looking;

/// <summary>Asks about names, each question once in an examination.</summary>
internal sealed class NameFinder(DnsClient dns, CancellationToken stop)
{
    // What a server may send into the world by its documents.
    private const int MostAddresses = 8;

    private readonly ConcurrentDictionary<(string Name, DnsType Type), Lazy<Task<DnsAnswer>>> asked = new();

    public ImmutableArray<IPEndPoint> Resolvers => dns.Resolvers;

    public Task<DnsAnswer> AskAsync(DnsName name, DnsType type) =>
        asked.GetOrAdd((name.ToString().ToLowerInvariant(), type), key => new Lazy<Task<DnsAnswer>>(() => dns.AskAsync(name, key.Type, stop))).Value;

    /// <param name="host">A host name, or an address as server names have it.</param>
    public async Task<HostAddresses> FindAsync(string host)
    {
        if (IPAddress.TryParse(host.Trim('[', ']'), out var literal))
            return new HostAddresses(host, [literal], null, null);
        if (host.Equals("localhost", StringComparison.OrdinalIgnoreCase) || host.EndsWith(".localhost", StringComparison.OrdinalIgnoreCase))
            return new HostAddresses(host, [IPAddress.IPv6Loopback, IPAddress.Loopback], null, null); // RFC 6761 §6.3: no name server is asked
        if (!DnsName.TryParse(host, out var name))
        {
            var none = DnsAnswer.Silence(new DnsQuestion(DnsName.Root, DnsType.A), $"{host} is no host name");
            return new HostAddresses(host, [], none, none);
        }

        var v6 = AskAsync(name, DnsType.AAAA);
        var v4 = AskAsync(name, DnsType.A);
        var addresses = (await v6).Data<AddressData>().Concat((await v4).Data<AddressData>()).Select(data => data.Address).Distinct();
        return new HostAddresses(host, [.. Fairly([.. addresses])], await v4, await v6);
    }

    // Both families are looked at, however many addresses there are.
    private static IEnumerable<IPAddress> Fairly(ImmutableArray<IPAddress> all)
    {
        var v6 = all.Where(address => address.AddressFamily == AddressFamily.InterNetworkV6).ToList();
        var v4 = all.Where(address => address.AddressFamily == AddressFamily.InterNetwork).ToList();
        return v6.Take(Math.Max(MostAddresses / 2, MostAddresses - v4.Count)).Concat(v4.Take(Math.Max(MostAddresses / 2, MostAddresses - v6.Count)));
    }
}
