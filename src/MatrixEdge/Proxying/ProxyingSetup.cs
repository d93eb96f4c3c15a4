using MatrixEdge.Proxying.Http1;

namespace MatrixEdge.Proxying;

/// <summary>
/// The homeserver's part of the public address: which paths are its, and how they reach it unchanged. Relies on nothing
/// but the raw request target; never follows a redirect, holds a body, or decides what the homeserver should decide. Requests
/// pass over connections of its own (<see cref="Passage"/>), since they are what the gateway is for; what is taken over
/// (WebSockets) is YARP's.
/// </summary>
internal static class ProxyingSetup
{
    public static void AddProxying(this IServiceCollection services)
    {
        services.AddHttpForwarder();
        services.AddSingleton<BackendMetrics>();
        services.AddSingleton<UpstreamConnections>();
        services.AddSingleton<Passage>();
        services.AddSingleton<HomeserverProbe>();
        services.AddSingleton<BackendForwarder>();
        services.AddSingleton<Drain>();
    }
}
