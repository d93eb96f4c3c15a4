using MatrixEdge.Configuration;
using MatrixEdge.Delegation;
using MatrixEdge.Protocol;
using MatrixEdge.Proxying;
using MatrixEdge.Website;

namespace MatrixEdge.Sites;

/// <summary>One Matrix server, ready to be served: everything that a request needs, worked out beforehand.</summary>
internal sealed class Site
{
    private readonly Upstream homeserver;
    private readonly Upstream? authenticationService;
    private readonly Upstream? policyServer;
    private readonly Upstream? callTokens;
    private readonly Upstream? callMedia;
    private readonly Upstream? websiteOrigin;

    public Site(SiteSettings settings, EdgeSettings all, Backends backends, Site? before, TimeProvider time)
    {
        ServerName = settings.ServerName.ToString();
        Limits = all.Limits;
        FormerWay = settings.Migration is { } migration ? new FormerWay(migration, all.Listen) : null;
        Origins = before is not null && before.Settings.Migration == settings.Migration ? before.Origins : new FederationOrigins(time);
        Refused = before?.Refused ?? new RefusedOrigins(time);
        Settings = settings;
        Routes = new RouteTable(settings);
        WellKnown = WellKnownDocuments.Build(settings);
        Homeserver = backends.Homeserver(settings.Homeserver.Address);

        // Dendrite's sample configuration reads this header.
        homeserver = new Upstream(Homeserver, new BackendTransformer(Homeserver) { ClientHeader = settings.Homeserver.Kind == HomeserverKind.Dendrite ? "X-Real-IP" : null });
        if (settings.AuthenticationService is { } authentication)
            authenticationService = To(backends.Other("authentication service", authentication.Address), answer: AnswerPeopleAsync);
        if (settings.PolicyServer?.Address is { } policies)
            policyServer = To(backends.Other("policy server", policies));
        if (settings.Calls is { } calls)
        {
            callTokens = To(backends.Other("token service of calls", calls.TokenService), calls.Path is null ? "" : calls.Path + "/jwt");
            callMedia = To(backends.Other("LiveKit server", calls.LiveKit), calls.Path is null ? "" : calls.Path + "/sfu");
        }

        switch (settings.Website)
        {
            case WebsiteDirectory directory:
                Website = new DirectoryFiles(directory.Directory, FileManners.OfWebsite, time);
                break;
            case WebsiteRedirect redirect:
                Website = new WebRedirect(redirect);
                break;
            case WebsiteProxy proxy:
                var origin = backends.Other("website", proxy.Origin);
                websiteOrigin = new Upstream(origin, new BackendTransformer(origin) { KeepsHost = proxy.KeepHost }, OwnPage.WriteAsync) { TrustedRoots = proxy.TrustedRoots };
                break;
        }

        if (settings.WebClient is { } client)
            WebClient = new WebClientFiles(client, settings.ServerName, WellKnown.Client, time);
    }

    public SiteSettings Settings { get; }

    public string ServerName { get; }

    public LimitSettings Limits { get; }

    /// <summary>Who comes; outlives a change of configuration unless that begins or ends a move.</summary>
    public FederationOrigins Origins { get; }

    /// <summary>Who comes and is not served; outlives a change of configuration.</summary>
    public RefusedOrigins Refused { get; }

    /// <summary>Null unless federation is being moved.</summary>
    public FormerWay? FormerWay { get; }

    public Homeserver Homeserver { get; }

    public RouteTable Routes { get; }

    public WellKnownDocuments WellKnown { get; }

    /// <summary>What the apex shows; null when that is nothing, or on another server.</summary>
    public IWebsite? Website { get; }

    public IWebsite? WebClient { get; }

    /// <summary>Where requests for a destination go; null when that is nowhere behind the gateway.</summary>
    public Upstream? Find(Destination destination) => destination switch
    {
        Destination.Homeserver => homeserver,
        Destination.AuthenticationService => authenticationService,
        Destination.PolicyServer => policyServer,
        Destination.CallTokens => callTokens,
        Destination.CallMedia => callMedia,
        Destination.Website => websiteOrigin,
        _ => null,
    };

    private static Upstream To(Backend backend, string stripped = "", Func<HttpContext, MatrixError, Task>? answer = null) =>
        new(backend, new BackendTransformer(backend) { Stripped = stripped }, answer);

    // The authentication service speaks to clients by JSON and to people by pages.
    private static Task AnswerPeopleAsync(HttpContext context, MatrixError error) =>
        context.Request.Headers.Accept.ToString().Contains("text/html", StringComparison.OrdinalIgnoreCase) ? OwnPage.WriteAsync(context, error) : error.WriteAsync(context);
}
