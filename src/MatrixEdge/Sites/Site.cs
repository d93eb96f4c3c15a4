using MatrixEdge.Configuration;
using MatrixEdge.Delegation;
using MatrixEdge.Proxying;

namespace MatrixEdge.Sites;

/// <summary>One Matrix server, ready to be served: everything that a request needs, worked out beforehand.</summary>
internal sealed class Site
{
    private readonly Upstream homeserver;
    private readonly Upstream? policyServer;
    private readonly Upstream? callTokens;
    private readonly Upstream? callMedia;

    public Site(SiteSettings settings, Backends backends)
    {
        Settings = settings;
        Routes = new RouteTable(settings);
        WellKnown = WellKnownDocuments.Build(settings);
        Homeserver = backends.Homeserver(settings.Homeserver.Address);

        // Dendrite's sample configuration reads this header.
        homeserver = new Upstream(Homeserver, new BackendTransformer(Homeserver) { ClientHeader = settings.Homeserver.Kind == HomeserverKind.Dendrite ? "X-Real-IP" : null });
        if (settings.AuthenticationService is { } authentication)
            AuthenticationService = To(backends.Other("authentication service", authentication.Address));
        if (settings.PolicyServer?.Address is { } policies)
            policyServer = To(backends.Other("policy server", policies));
        if (settings.Calls is { } calls)
        {
            callTokens = To(backends.Other("token service of calls", calls.TokenService), calls.Path is null ? "" : calls.Path + "/jwt");
            callMedia = To(backends.Other("LiveKit server", calls.LiveKit), calls.Path is null ? "" : calls.Path + "/sfu");
        }
    }

    public SiteSettings Settings { get; }

    public Homeserver Homeserver { get; }

    public RouteTable Routes { get; }

    public WellKnownDocuments WellKnown { get; }

    public Upstream? AuthenticationService { get; }

    /// <summary>Where requests for a destination go; null when that is nowhere behind the gateway.</summary>
    public Upstream? Find(Destination destination) => destination switch
    {
        Destination.Homeserver => homeserver,
        Destination.AuthenticationService => AuthenticationService,
        Destination.PolicyServer => policyServer,
        Destination.CallTokens => callTokens,
        Destination.CallMedia => callMedia,
        _ => null,
    };

    private static Upstream To(Backend backend, string stripped = "") => new(backend, new BackendTransformer(backend) { Stripped = stripped });
}
