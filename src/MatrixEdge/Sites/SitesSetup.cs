using MatrixEdge.Configuration;

namespace MatrixEdge.Sites;

/// <summary>
/// Who is served, and what each request gets: brings the documents (Delegation) and the homeserver (Proxying) of a site
/// together, and exchanges them as a whole when the configuration changes.
/// </summary>
internal static class SitesSetup
{
    public static void AddSites(this IServiceCollection services, EdgeSettings settings, ConfigurationSource source)
    {
        services.AddSingleton(source);
        services.AddSingleton(provider => new CurrentSites(SiteTable.Build(settings, before: null, provider.GetRequiredService<TimeProvider>())));
        services.AddSingleton<PublicRequests>();
        services.AddSingleton<SignedRequests>();
        services.AddSingleton<Maintenance>();
        services.AddSingleton<Echo>();
        services.AddSingleton<HomeserverWatch>();
        services.AddHostedService(provider => provider.GetRequiredService<HomeserverWatch>());
        services.AddHostedService<ConfigurationReload>();
    }
}
