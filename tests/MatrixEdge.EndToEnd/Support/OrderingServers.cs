using System.Net;
using System.Security.Cryptography.X509Certificates;

namespace MatrixEdge.EndToEnd.Support;

/// <summary>
/// Two homeservers that federate, each behind a gateway that orders its certificate; both ask the same Pebble, which looks where
/// its name server says that the names are. As on the Internet the gateways have the same ports and addresses of their own: on
/// loopback, where Linux answers to 127.0.0.0/8. One proves its names by http-01, the other by tls-alpn-01.
/// </summary>
internal sealed class OrderingServers : IAsyncDisposable
{
    private readonly DirectoryInfo directory = Directory.CreateTempSubdirectory("matrixedge-ordering-");
    private readonly X509Certificate2 root;
    private readonly int federationPort = FreePorts.Take();

    private OrderingServers(PebbleServer pebble, X509Certificate2 root)
    {
        Pebble = pebble;
        this.root = root;
        var places = new[] { Place("one", "Http01"), Place("two", "TlsAlpn01") };
        Hosts = places.SelectMany(place => new[] { place.ServerHost, place.PublicHost }.Select(host => (host, place.Address!))).ToDictionary();
        One = Server(places[0]);
        Two = Server(places[1]);
    }

    public PebbleServer Pebble { get; }

    /// <summary>The names of both, and where they lead.</summary>
    public IReadOnlyDictionary<string, IPAddress> Hosts { get; }

    public MatrixServer One { get; }

    public MatrixServer Two { get; }

    public static async Task<OrderingServers> StartAsync(CancellationToken cancellationToken)
    {
        var pebble = await PebbleServer.StartAsync(cancellationToken: cancellationToken);
        OrderingServers? servers = null;
        try
        {
            servers = new OrderingServers(pebble, await pebble.GetIssuingRootAsync(cancellationToken: cancellationToken));
            foreach (var (host, address) in servers.Hosts)
                await pebble.MockDns.AddAAsync(host, address.ToString());
            await Task.WhenAll(servers.One.StartAsync(cancellationToken), servers.Two.StartAsync(cancellationToken));
            return servers;
        }
        catch
        {
            await (servers?.DisposeAsync() ?? pebble.DisposeAsync());
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await One.DisposeAsync();
        await Two.DisposeAsync();
        await Pebble.DisposeAsync();
        root.Dispose();
        directory.Delete(recursive: true);
    }

    private GatewayPlace Place(string name, string challengeType) => new()
    {
        ServerHost = $"{name}.example.com",
        PublicHost = $"matrix.{name}.example.com",
        Address = new IPAddress([127, (byte)Random.Shared.Next(1, 255), (byte)Random.Shared.Next(1, 255), (byte)Random.Shared.Next(1, 255)]),
        HttpPort = Pebble.HttpPort,
        HttpsPort = Pebble.TlsPort,
        FederationPort = federationPort,
        Certificate = new
        {
            Source = "Acme",
            AcceptTermsOfService = true,
            Pebble.DirectoryUri,
            TrustedRoots = Pebble.RootsFile,
            ChallengeTypes = new[] { challengeType },
            Profile = "classic", // Pebble takes any if none is named.
        },
        Root = root,
    };

    private MatrixServer Server(GatewayPlace place) => new(directory.CreateSubdirectory(place.ServerHost).FullName, place, Hosts);
}
