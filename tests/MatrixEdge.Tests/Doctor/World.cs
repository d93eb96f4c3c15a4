using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using MatrixEdge.Doctor;
using MatrixEdge.Doctor.Looking;
using MatrixEdge.Observability;
using MatrixEdge.Protocol;
using MatrixEdge.Tests.Dns;

namespace MatrixEdge.Tests.Doctor;

/// <summary>
/// A small internet on loopback: a name server, and servers at public addresses of both families, each of which is a real one
/// behind a real socket. It begins with a homeserver in good health, in one of the shapes that such have; tests break it.
/// </summary>
internal sealed class World : INetwork, IAsyncDisposable
{
    /// <summary>Where everything is, unless a test adds more.</summary>
    public const string V4 = "8.20.1.1";

    /// <inheritdoc cref="V4"/>
    public const string V6 = "2a01:4f8:20:1::1";

    private readonly Socket closed = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly FakeNameServer nameServer;

    /// <param name="shape">In which it is found.</param>
    /// <param name="hasV6">Whether there is IPv6, too, as usual; without it a test takes half the time.</param>
    public World(Shape shape = Shape.Document443, bool hasV6 = true)
    {
        closed.Bind(new IPEndPoint(IPAddress.Loopback, 0)); // and never listens
        nameServer = new FakeNameServer((question, byTcp) => Zone.Answer(question, byTcp));
        Resolvers = [nameServer.EndPoint];

        Name = shape switch { Shape.Address => V4, Shape.Port => "example.org:8000", _ => "example.org" };
        var host = shape is Shape.Document443 or Shape.Document8448 or Shape.Service ? "matrix.example.org" : shape == Shape.Address ? V4 : "example.org";
        Homeserver = new Homeserver(Name)
        {
            BaseUrl = $"https://{host}",
            Delegated = shape switch { Shape.Document443 => "matrix.example.org:443", Shape.Document8448 => "matrix.example.org:8448", _ => null },
        };
        Web = new Web(ask => Homeserver.Answer(ask));
        Certificate = shape == Shape.Address ? Authority.Issue(V4) : Authority.Issue("example.org", "matrix.example.org");

        string[] addresses = shape != Shape.Address && hasV6 ? [V4, V6] : [V4];
        Zone.Address("example.org", addresses).Address("matrix.example.org", addresses);
        if (shape == Shape.Service)
            Zone.Service("_matrix-fed._tcp.example.org", "matrix.example.org", 8448);
        foreach (var address in addresses)
        {
            Add(address, 443);
            Add(address, shape == Shape.Port ? 8000 : 8448);
        }
    }

    /// <summary>The server name.</summary>
    public string Name { get; set; }

    public Zone Zone { get; } = new();

    public TestAuthority Authority { get; } = new();

    /// <summary>What all places show, unless they are told otherwise.</summary>
    public TestAuthority.Issued Certificate { get; }

    public Homeserver Homeserver { get; }

    /// <summary>What all places answer, unless they are told otherwise.</summary>
    public Web Web { get; }

    public List<Place> Places { get; } = [];

    public List<IPEndPoint> Resolvers { get; }

    /// <summary>Long where everything answers; where a test waits for silence, as long as it is to wait.</summary>
    public TimeSpan Patience { get; set; } = TimeSpan.FromSeconds(30);

    public TimeSpan Limit { get; set; } = TimeSpan.FromSeconds(120);

    /// <summary>Whether connections to where nothing comes back are really waited for; else the patience is over at once.</summary>
    public bool WaitsInVain { get; set; }

    /// <summary>To where connections were asked for.</summary>
    public ConcurrentQueue<IPEndPoint> Dialled { get; } = new();

    /// <summary>The questions that the name server was asked.</summary>
    public int Questions => nameServer.Asked.Count;

    /// <summary>A further server.</summary>
    public Place Add(string address, int port, Web? web = null, TestAuthority.Issued? certificate = null)
    {
        var place = new Place(new IPEndPoint(IPAddress.Parse(address), port), web ?? Web, certificate ?? Certificate);
        Places.Add(place);
        return place;
    }

    /// <summary>A server of plain HTTP with the same answers, for programs that stand in front; nobody finds it by name or address.</summary>
    public Place Backend() => new(new IPEndPoint(IPAddress.None, 0), Web, null);

    /// <summary>Changes the servers at this port, or this address, or both.</summary>
    public World At(int? port, Action<Place> change, string? address = null)
    {
        var chosen = Places.Where(place => (port is null || place.EndPoint.Port == port) && (address is null || place.EndPoint.Address.Equals(IPAddress.Parse(address)))).ToList();
        Assert.NotEmpty(chosen);
        chosen.ForEach(change);
        return this;
    }

    /// <summary>Changes what is answered at one address alone.</summary>
    public World WebAt(string address, Action<Web> change) => At(null, place => change(place.Web = place.Web.Copy()), address);

    public async Task<Examination> ExamineAsync(CancellationToken stop = default)
    {
        Assert.True(ServerName.TryParse(Name, out var name, out var problem), problem);
        X509Certificate2Collection roots = [Authority.Root];
        var order = new ExaminationOrder(name, [.. Resolvers], roots, null) { Network = this, Patience = Patience, Limit = Limit };
        return await new Examiner(TimeProvider.System).ExamineAsync(order, progress: null, stop);
    }

    async Task<Socket> INetwork.ConnectAsync(IPEndPoint endPoint, CancellationToken stop)
    {
        Dialled.Enqueue(endPoint);
        var place = Places.Find(place => place.EndPoint.Equals(endPoint));
        var reach = place?.Reach ?? (Places.Exists(place => place.EndPoint.Address.Equals(endPoint.Address) && place.Reach is Reach.Open or Reach.Closed) ? Reach.Closed : Reach.Nowhere);
        if (reach == Reach.Silent)
        {
            await Task.Delay(WaitsInVain ? Timeout.InfiniteTimeSpan : TimeSpan.Zero, stop);
            throw new OperationCanceledException("The patience is over.");
        }

        if (reach == Reach.Nowhere)
            throw new SocketException((int)SocketError.HostUnreachable);

        var target = reach == Reach.Closed ? closed.LocalEndPoint! : place!.Program ?? place.Listener;
        var socket = new Socket(target.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(target, stop);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var place in Places)
            await place.DisposeAsync();
        closed.Dispose();
        await nameServer.DisposeAsync();
    }
}
