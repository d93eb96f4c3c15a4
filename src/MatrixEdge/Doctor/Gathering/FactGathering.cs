using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using System.Text.Json;
using MatrixEdge.Delegation;
using MatrixEdge.Dns;
using MatrixEdge.Doctor.Looking;
using MatrixEdge.Protocol;
using MatrixEdge.Sites;

namespace MatrixEdge.Doctor.Gathering;

/// <summary>Gathers the facts about a server: each piece once, as soon as what it builds on is there.</summary>
internal sealed class FactGathering : IDiscoverySources
{
    /// <summary>What a browser says of the page that asks; any origin will do.</summary>
    public const string Origin = "https://app.element.io";

    // Larger than what a proxy lets through that nobody has told of uploads (nginx: 1 MiB), smaller than what homeservers take.
    private const long UsualPicture = 5 * 1024 * 1024;

    // 50 events of 64 KiB and 100 EDUs (Matrix server-server §Transactions).
    private const long UsualTransaction = 3 * 1024 * 1024;

    /// <summary>What identifiers of rooms, aliases and keys bring into paths: all of it must arrive as it was sent.</summary>
    public const string FaithfulTarget = "/%21room%3Aexample.org/%23alias%2Fwith%2Fslashes/%40user/%24event/%7E/%e2%82%ac/%25/%3F/%3B/%5C/a+b?x=%2B&y=%20&z=a%2Fb&via=%5B2001%3Adb8%3A%3A1%5D";

    /// <summary>An address of nobody (RFC 5737), which must not be believed.</summary>
    public const string ForgedAddress = "192.0.2.99";

    /// <summary>What signed requests have, with the characters that some proxies change.</summary>
    public const string FaithfulAuthorization = "X-Matrix origin=\"doctor.invalid\",destination=\"doctor.invalid:8448\",key=\"ed25519:a\",sig=\"a+b/c=\"";

    private const int MostEndPoints = 8;

    private static readonly string[] NotForTheWorld =
        ["/_synapse/admin/v1/server_version", "/_synapse/admin/v1/register", "/_synapse/metrics", "/_dendrite/admin/evacuateRoom/x", "/_dendrite/monitor/health", "/metrics", "/_synapse/replication/x"];

    private readonly Facts facts;
    private readonly Looker looker;
    private readonly NameFinder names;
    private readonly Visitor visitor;
    private readonly CancellationToken stop;
    private readonly Dictionary<Piece, Task> pieces = [];
    private readonly TaskCompletionSource<ImmutableArray<ServerDocumentLook>> serverDocuments = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public FactGathering(Facts facts, Looker looker, NameFinder names, CancellationToken stop)
    {
        (this.facts, this.looker, this.names, this.stop) = (facts, looker, names, stop);
        visitor = new Visitor(looker, names);

        pieces[Piece.Names] = GatherNamesAsync();
        pieces[Piece.Delegation] = GatherDelegationAsync();
        pieces[Piece.Federation] = GatherFederationAsync();
        pieces[Piece.Ports] = GatherPortsAsync();
        pieces[Piece.ClientDocument] = GatherClientDocumentAsync();
        pieces[Piece.ClientApi] = GatherClientApiAsync();
        pieces[Piece.Documents] = GatherDocumentsAsync();
        pieces[Piece.Echo] = GatherEchoAsync();
    }

    /// <summary>Waits until all of these are there.</summary>
    public Task NeedAsync(Piece needs) => Task.WhenAll(pieces.Where(piece => needs.HasFlag(piece.Key)).Select(piece => piece.Value));

    /// <summary>Waits until nothing is under way any more, whatever became of it.</summary>
    public Task EndAsync() => Task.WhenAll(pieces.Values).ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);

    Task<DnsAnswer> IDiscoverySources.FindServiceAsync(DnsName name, CancellationToken stop) => names.AskAsync(name, DnsType.SRV);

    // Other servers ask one address; which of them is chance. Where the addresses differ, a check says so.
    async Task<ServerName?> IDiscoverySources.FindDelegatedAsync(string host, CancellationToken stop)
    {
        var looks = await GatherServerDocumentsAsync();
        serverDocuments.TrySetResult(looks);
        return looks.FirstOrDefault(look => look.Counts)?.Document!.Delegated;
    }

    private async Task GatherNamesAsync()
    {
        await Task.Yield();
        var name = names.FindAsync(facts.Name.Host);
        var service = AskServiceAsync(ServerDiscovery.Service);
        var deprecated = AskServiceAsync(ServerDiscovery.DeprecatedService);
        var targets = new[] { await service, await deprecated }.OfType<DnsAnswer>().SelectMany(answer => answer.Data<ServiceData>())
            .Select(record => record.Target).Where(target => !target.IsRoot).Distinct().Take(MostEndPoints);
        var hosts = await Task.WhenAll(targets.Select(target => names.FindAsync(target.ToString().TrimEnd('.'))));
        facts.Names = new NameFacts(await name, await service, await deprecated, [.. hosts], names.Resolvers);
    }

    private async Task<DnsAnswer?> AskServiceAsync(string service) =>
        facts.Name is { IsIpLiteral: false, Port: null } && DnsName.TryParse($"{service}.{facts.Name.Host}", out var question) ? await names.AskAsync(question, DnsType.SRV) : null;

    private async Task GatherDelegationAsync()
    {
        await NeedAsync(Piece.Names);
        var found = await ServerDiscovery.DiscoverAsync(facts.Name, this, stop);
        var whyNot = facts.Name.IsIpLiteral ? "the server name is an address, for which no document is looked for"
            : facts.Name.Port is not null ? "the server name has a port, so that no document is looked for" : null;
        serverDocuments.TrySetResult([]);
        var targets = await Task.WhenAll(found.Targets.Select(target => names.FindAsync(target.Host)));
        facts.Delegation = new DelegationFacts(await serverDocuments.Task, whyNot, found, [.. targets]);
    }

    private async Task<ImmutableArray<ServerDocumentLook>> GatherServerDocumentsAsync()
    {
        var request = new LookRequest(facts.Name.Host, facts.Name.Host, "/.well-known/matrix/server");
        var visits = await VisitAllAsync(request, facts.Names.Name, 443);
        return [.. visits.Select(visit => new ServerDocumentLook(visit, visit.Last is { Status: { } status } last ? ServerDocument.Read(status, last.Body.Span) : null))];
    }

    private async Task GatherFederationAsync()
    {
        await NeedAsync(Piece.Delegation);
        var found = facts.Delegation.Found;
        var endPoints = found.Targets.Zip(facts.Delegation.Targets)
            .SelectMany(pair => pair.Second.Addresses.Select(address => (pair.First, EndPoint: new IPEndPoint(address, pair.First.Port)))).DistinctBy(pair => pair.EndPoint).Take(MostEndPoints);
        facts.Federation = new FederationFacts([.. await Task.WhenAll(endPoints.Select(pair => LookAtFederationAsync(pair.First, pair.EndPoint)))]);
    }

    private async Task<FederationLook> LookAtFederationAsync(DiscoveredTarget target, IPEndPoint endPoint)
    {
        var found = facts.Delegation.Found;
        LookRequest For(string path) => new(found.HostHeader, found.CertificateName, path);

        var keys = await looker.LookAsync(For("/_matrix/key/v2/server"), endPoint, stop);
        var look = new FederationLook(target, endPoint, keys, keys.Status is { } status ? KeyDocument.Read(status, keys.Body.Span) : null);
        if (!keys.IsAnswered)
            return look;

        var version = looker.LookAsync(For("/_matrix/federation/v1/version"), endPoint, stop);
        var unknown = looker.LookAsync(For("/_matrix/federation/v1/matrixedge_no_such_endpoint"), endPoint, stop);
        var wrongMethod = looker.LookAsync(For("/_matrix/federation/v1/version") with { Method = HttpMethod.Delete }, endPoint, stop);
        var largeBody = looker.LookAsync(For("/_matrix/federation/v1/send/matrixedge") with { Method = HttpMethod.Put, AnnouncedLength = UsualTransaction }, endPoint, stop);
        return look with { Version = await version, Unknown = await unknown, WrongMethod = await wrongMethod, LargeBody = await largeBody };
    }

    private async Task GatherPortsAsync()
    {
        await NeedAsync(Piece.Delegation);
        var found = facts.Delegation.Found;
        var asked = found.Targets.Zip(facts.Delegation.Targets)
            .SelectMany(pair => pair.Second.Addresses.SelectMany(address => new[] { pair.First.Port, 443, ServerDiscovery.DefaultPort }.Select(port => (Host: found.CertificateName, EndPoint: new IPEndPoint(address, port)))))
            .Distinct().ToList();
        var apex = facts.Name.Port is null && !facts.Name.IsIpLiteral
            ? facts.Names.Name.Addresses.SelectMany(address => new[] { 443, ServerDiscovery.DefaultPort }.Select(port => (facts.Name.Host, EndPoint: new IPEndPoint(address, port)))) : [];
        var looks = await Task.WhenAll(asked.Concat(apex).Distinct().Take(3 * MostEndPoints).Select(async pair =>
        {
            var (tls, failure) = await looker.ShakeHandsAsync(pair.EndPoint, pair.Host, stop);
            return new PortLook(pair.Host, pair.EndPoint, tls, failure);
        }));
        var nameless = await Task.WhenAll(looks.Where(look => look.Tls is not null && look.Host == found.CertificateName).Select(look => look.EndPoint).Distinct().Select(async endPoint =>
        {
            var (tls, failure) = await looker.ShakeHandsAsync(endPoint, "", stop);
            return new PortLook("", endPoint, tls, failure);
        }));
        facts.Ports = new PortFacts([.. looks], [.. nameless]);
    }

    private async Task GatherClientDocumentAsync()
    {
        await NeedAsync(Piece.Names);
        var request = new LookRequest(facts.Name.Host, facts.Name.Host.Trim('[', ']'), "/.well-known/matrix/client") { Headers = [("Origin", Origin)] };
        var visits = await VisitAllAsync(request, facts.Names.Name, 443);
        var looks = visits.Select(visit => new ClientDocumentLook(visit, visit.Last is { Status: { } status } last ? ClientDocument.Read(status, last.Body.Span) : null)).ToImmutableArray();
        var preflight = looks.FirstOrDefault(look => look.Visit.Last.IsAnswered) is { } first
            ? await looker.LookAsync(Preflight(first.Visit.Last.Request, "GET"), first.Visit.Last.EndPoint, stop) : null;
        facts.ClientDocument = new ClientDocumentFacts(looks, preflight);
    }

    private async Task GatherClientApiAsync()
    {
        await NeedAsync(Piece.ClientDocument);
        var (baseUrl, origin) = facts.ClientDocument.Document is { BaseUrl: { } announced } ? (announced, "the document for clients")
            : facts.Own is { } own ? (own.Settings.BaseUrl, "the configuration")
            : (new Uri($"https://{facts.Name.Host}"), "the server name, since no document leads elsewhere");
        var like = Visitor.For(baseUrl) with { Headers = [("Origin", Origin)] };
        var prefix = baseUrl.AbsolutePath.TrimEnd('/');
        LookRequest For(string path) => like with { Target = prefix + path };

        var host = await names.FindAsync(baseUrl.HostNameType == UriHostNameType.IPv6 ? baseUrl.Host : baseUrl.IdnHost);
        var versions = await VisitAllAsync(For("/_matrix/client/versions"), host, baseUrl.Port);
        var found = new ClientApiFacts(baseUrl, origin, host, versions);
        if (versions.FirstOrDefault(visit => visit.Last.IsAnswered) is { } answered)
        {
            var endPoint = answered.First.EndPoint;
            var preflight = looker.LookAsync(Preflight(For("/_matrix/client/v3/login"), "POST"), endPoint, stop);
            var login = looker.LookAsync(For("/_matrix/client/v3/login"), endPoint, stop);
            var keys = looker.LookAsync(For("/_matrix/key/v2/server"), endPoint, stop);
            var metadata = looker.LookAsync(For("/_matrix/client/v1/auth_metadata"), endPoint, stop);
            var unknown = looker.LookAsync(For("/_matrix/client/v3/matrixedge_no_such_endpoint"), endPoint, stop);
            var upload = looker.LookAsync(For("/_matrix/media/v3/upload") with { Method = HttpMethod.Post, AnnouncedLength = UsualPicture }, endPoint, stop);
            var closed = Task.WhenAll(NotForTheWorld.Select(path => looker.LookAsync(For(path), endPoint, stop)));
            found = found with
            {
                Preflight = await preflight,
                Login = await login,
                Keys = await keys,
                AuthMetadata = await metadata,
                Unknown = await unknown,
                LargeUpload = await upload,
                PrivatePaths = [.. await closed],
            };
        }

        facts.ClientApi = found;
    }

    private async Task GatherDocumentsAsync()
    {
        await NeedAsync(Piece.ClientApi | Piece.Delegation);
        LookRequest For(string host, string name) => new(host, host.Trim('[', ']'), $"/.well-known/matrix/{name}") { Headers = [("Origin", Origin)] };
        async Task<HttpLook?> AtAsync(string host, string name) => (await visitor.VisitAsync(For(host, name), host, 443, stop)).Visit?.Last;

        var support = AtAsync(facts.Name.Host, "support");
        var policies = AtAsync(facts.Name.Host, "policy_server");
        var baseUrl = facts.ClientApi.BaseUrl;
        var isElsewhere = baseUrl is { Scheme: "https", Port: 443, HostNameType: UriHostNameType.Dns } && !baseUrl.IdnHost.Equals(facts.Name.Host, StringComparison.OrdinalIgnoreCase);
        var client = isElsewhere ? AtAsync(baseUrl.IdnHost, "client") : Task.FromResult<HttpLook?>(null);
        var server = isElsewhere ? AtAsync(baseUrl.IdnHost, "server") : Task.FromResult<HttpLook?>(null);
        var calls = await Task.WhenAll((facts.ClientDocument.Document?.CallServices ?? []).Distinct().Select(LookAtCallsAsync));
        facts.Documents = new DocumentFacts(await support, await policies, await client, await server, [.. calls]);
    }

    private async Task<CallLook> LookAtCallsAsync(Uri service)
    {
        var request = Visitor.For(service) with { Headers = [("Origin", Origin)] };
        var prefix = service.AbsolutePath.TrimEnd('/');
        var host = service.HostNameType == UriHostNameType.IPv6 ? service.Host : service.IdnHost;
        var (health, failure) = await visitor.VisitAsync(request with { Target = prefix + "/healthz" }, host, service.Port, stop);
        if (health is null)
            return new CallLook(service, null, null, failure);

        var preflight = await looker.LookAsync(Preflight(request with { Target = prefix + "/sfu/get" }, "POST"), health.First.EndPoint, stop);
        return new CallLook(service, health.Last, preflight, health.Fault);
    }

    private async Task GatherEchoAsync()
    {
        await NeedAsync(Piece.Federation | Piece.ClientApi);
        if (facts.Own?.EchoPath is not { } path)
        {
            facts.Echo = new EchoFacts(facts.Own is null ? "the server is not a site of this gateway" : "the gateway does not run here with this configuration", [], null);
            return;
        }

        // By every way that servers come, and by the one of clients.
        var ways = facts.Federation.Looks.Where(look => look.Keys.Failure is null || look.Keys.Tls is not null).Select(look => (look.Keys.Request, look.EndPoint))
            .Concat(facts.ClientApi.Versions.Where(visit => visit.First.IsAnswered).Select(visit => (visit.First.Request, visit.First.EndPoint)))
            .DistinctBy(way => (way.EndPoint, way.Request.Host)).ToList();
        var looks = Task.WhenAll(ways.Select(way => AskEchoAsync(way.Request, way.EndPoint, path)));
        var hold = facts.Own.LastHold;
        if (facts.Own.Hold > TimeSpan.Zero && ways.Count > 0)
        {
            var request = ways[^1].Request with { Method = HttpMethod.Get, Headers = [], Target = string.Create(CultureInfo.InvariantCulture, $"{path}/?hold={(int)facts.Own.Hold.TotalSeconds}"), Patience = facts.Own.Hold + (4 * looker.Patience) };
            hold = new HoldLook(await looker.LookAsync(request, ways[^1].EndPoint, stop), facts.Own.Hold);
        }

        facts.Echo = new EchoFacts(null, [.. await looks], hold);
    }

    private async Task<EchoLook> AskEchoAsync(LookRequest like, IPEndPoint endPoint, string path)
    {
        var request = like with { Method = HttpMethod.Get, Target = path + FaithfulTarget, Headers = [("X-Forwarded-For", ForgedAddress), ("Authorization", FaithfulAuthorization)] };
        var look = await looker.LookAsync(request, endPoint, stop);
        try
        {
            return new EchoLook(look, look.Status == 200 ? JsonRecord.Read<Echoed>(look.Body.Span, Observability.AdminAnswer.Json) : null);
        }
        catch (JsonException)
        {
            return new EchoLook(look, null);
        }
    }

    private async Task<ImmutableArray<Visit>> VisitAllAsync(LookRequest request, HostAddresses host, int port) =>
        [.. await Task.WhenAll(host.Addresses.Select(address => visitor.VisitAsync(request, new IPEndPoint(address, port), stop)))];

    // Fetch §4.8: what a browser asks before it lets a page ask.
    private static LookRequest Preflight(LookRequest request, string method) => request with
    {
        Method = HttpMethod.Options,
        Headers = [("Origin", Origin), ("Access-Control-Request-Method", method), ("Access-Control-Request-Headers", "authorization,content-type")],
    };
}
