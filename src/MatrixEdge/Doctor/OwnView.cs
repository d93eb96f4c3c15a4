using System.Collections.Immutable;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using MatrixEdge.Certificates;
using MatrixEdge.Configuration;
using MatrixEdge.Dns;
using MatrixEdge.Doctor.Gathering;
using MatrixEdge.Doctor.Looking;
using MatrixEdge.Listening;
using MatrixEdge.Observability;
using MatrixEdge.Sites;

namespace MatrixEdge.Doctor;

/// <summary>From where the running gateway looks at its sites: public name servers, its own certificate, its own echo.</summary>
internal sealed class OwnView(CurrentSites sites, CertificateKeeper certificates, ServedCertificate served, BoundListeners listeners, Echo echo, TimeProvider time)
{
    // Quad9 and Cloudflare: what they see of a zone is what most of the world sees.
    private static readonly ImmutableArray<IPEndPoint> PublicResolvers =
        [new(IPAddress.Parse("9.9.9.9"), DnsAddress.Port), new(IPAddress.Parse("1.1.1.1"), DnsAddress.Port), new(IPAddress.Parse("2620:fe::fe"), DnsAddress.Port)];

    private static readonly TimeSpan ChoiceLifetime = TimeSpan.FromHours(1);

    private volatile Choice? choice;

    public async Task<ExaminationOrder> OrderAsync(SiteSettings site, CancellationToken stop)
    {
        var settings = sites.Table.Settings;
        var roots = new X509Certificate2Collection();
        if (settings.Doctor.TrustedRoots is { } trusted)
            roots.AddRange(trusted.Certificates);
        if (certificates.LocalRootPath is { } path && File.Exists(path))
            roots.ImportFromPemFile(path);

        var network = new OwnNetwork(Listeners());
        var serial = EchoPass.FindSerial(site.PublicHost.Host, served);
        var own = new OwnSite(site, serial) { EchoPath = echo.NewPath(), Hidden = () => network.Hidden };
        return new ExaminationOrder(site.ServerName, settings.Doctor.Resolvers.IsEmpty ? await ChooseAsync(stop) : settings.Doctor.Resolvers, roots, own)
        {
            Network = settings.IsLocalMode ? new LocalModeNetwork(settings.Listen) : network,
        };
    }

    // Where the network lets nobody ask outside, the host's own name servers are better than none.
    private async Task<ImmutableArray<IPEndPoint>> ChooseAsync(CancellationToken stop)
    {
        if (choice is { } made && time.GetUtcNow() - made.At < ChoiceLifetime)
            return made.Resolvers;

        var answer = await new DnsClient(PublicResolvers, time) { Patience = TimeSpan.FromSeconds(2), Tries = 1 }.AskAsync(DnsName.Root, DnsType.NS, stop);
        var resolvers = answer.IsDecided ? [.. PublicResolvers.Where(server => server.Equals(answer.Server)), .. PublicResolvers.Where(server => !server.Equals(answer.Server))] : SystemResolvers.Read();
        choice = new Choice(resolvers, time.GetUtcNow());
        return resolvers;
    }

    private ImmutableDictionary<int, IPEndPoint> Listeners()
    {
        var own = ImmutableDictionary.CreateBuilder<int, IPEndPoint>();
        foreach (var (kind, endPoint) in listeners.All.Where(listener => listener.Kind is ListenerKind.Https or ListenerKind.Federation))
        {
            var address = endPoint.Address.Equals(IPAddress.Any) ? IPAddress.Loopback : endPoint.Address.Equals(IPAddress.IPv6Any) ? IPAddress.IPv6Loopback : endPoint.Address;
            own.TryAdd(kind == ListenerKind.Https ? 443 : 8448, new IPEndPoint(address, endPoint.Port));
        }

        return own.ToImmutable();
    }

    private sealed record Choice(ImmutableArray<IPEndPoint> Resolvers, DateTimeOffset At);
}
