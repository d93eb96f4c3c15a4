using System.Collections.Immutable;
using System.Net;

namespace MatrixEdge.Dns;

/// <summary>Finds the zone that a name belongs to and its name servers, by way of the resolvers.</summary>
internal sealed class ZoneFinder(DnsClient client)
{
    // As many as the root has, and some; each costs two questions.
    private const int MostServers = 16;

    /// <summary>Null when nobody can tell: no resolver answers, or none passes on what a zone says of itself.</summary>
    public async Task<DnsZone?> FindAsync(DnsName name, CancellationToken stop)
    {
        for (var at = name; at is { IsRoot: false }; at = at.Parent)
        {
            var answer = await client.AskAsync(at, DnsType.SOA, stop);
            if (!answer.IsAnswered)
                return null;

            if (answer.Message!.FindZoneOf(at) is { } zone)
                return await WithServersAsync(zone, stop);
        }

        return null;
    }

    private async Task<DnsZone> WithServersAsync(DnsName zone, CancellationToken stop)
    {
        var answer = await client.AskAsync(zone, DnsType.NS, stop);
        var names = answer.Data<NameData>().Select(server => server.Target).Distinct().Take(MostServers);
        var servers = await Task.WhenAll(names.Select(server => WithAddressesAsync(server, stop)));
        return new DnsZone(zone, [.. servers]);
    }

    private async Task<NameServer> WithAddressesAsync(DnsName server, CancellationToken stop)
    {
        var answers = await Task.WhenAll(client.AskAsync(server, DnsType.A, stop), client.AskAsync(server, DnsType.AAAA, stop));
        return new NameServer(server, [.. answers.SelectMany(answer => answer.Data<AddressData>()).Select(data => data.Address)]);
    }
}
