using System.Net;

namespace MatrixEdge.EndToEnd.Support;

/// <summary>A homeserver behind its gateway.</summary>
internal sealed class MatrixServer : IAsyncDisposable
{
    private readonly GatewayPlace place;

    /// <param name="hosts">Names that the homeserver finds at these addresses, beside those that it finds anyway.</param>
    public MatrixServer(string directory, GatewayPlace place, IReadOnlyDictionary<string, IPAddress>? hosts = null)
    {
        this.place = place;
        Gateway = new GatewayProcess(Directory.CreateDirectory(Path.Combine(directory, "gateway")).FullName, place);
        Synapse = new SynapseHomeserver(Directory.CreateDirectory(Path.Combine(directory, "synapse")).FullName, place, hosts ?? new Dictionary<string, IPAddress>());
    }

    public GatewayProcess Gateway { get; }

    public SynapseHomeserver Synapse { get; }

    public string Name => place.ServerName;

    public Task StartAsync(CancellationToken cancellationToken) => Task.WhenAll(
        Gateway.StartAsync(Synapse.Address, cancellationToken),
        Synapse.StartAsync(cancellationToken));

    /// <summary>Nobody yet, through the gateway.</summary>
    public MatrixClient Client(Version? version = null, IPAddress? from = null) => new(place, version, from);

    /// <summary>A new user, logged in through the gateway.</summary>
    public async Task<MatrixClient> NewUserAsync(CancellationToken cancellationToken, Version? version = null, IPAddress? from = null)
    {
        var client = Client(version, from);
        await client.RegisterAsync(MatrixClient.NewName(), cancellationToken);
        return client;
    }

    /// <summary>A client that knows the homeserver's own address.</summary>
    public MatrixClient Direct() => new(Synapse.Address);

    public async ValueTask DisposeAsync()
    {
        await Gateway.DisposeAsync();
        await Synapse.DisposeAsync();
    }
}
