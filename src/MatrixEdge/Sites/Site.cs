using MatrixEdge.Configuration;
using MatrixEdge.Delegation;
using MatrixEdge.Proxying;

namespace MatrixEdge.Sites;

/// <summary>One Matrix server, ready to be served: everything that a request needs, worked out beforehand.</summary>
internal sealed class Site(SiteSettings settings, Homeserver homeserver)
{
    public SiteSettings Settings { get; } = settings;

    public Homeserver Homeserver { get; } = homeserver;

    public RouteTable Routes { get; } = new(settings.Homeserver);

    public HomeserverTransformer Transformer { get; } = new(homeserver, settings.Homeserver.Kind);

    public WellKnownDocuments WellKnown { get; } = WellKnownDocuments.Build(settings.BaseUrl, settings.DelegatedServer, settings.WellKnown);
}
