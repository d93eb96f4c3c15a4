using MatrixEdge.Configuration;

namespace MatrixEdge.Certificates;

/// <summary>
/// Where served certificates come from and how they stay fresh: files, a local authority, or orders by ACME. Relies on the cells
/// in <c>Listening</c> to hand them out and to answer challenges, on <c>Storage</c> to keep them; never takes a certificate away
/// before a better one is in hand.
/// </summary>
internal static class CertificatesSetup
{
    public static void AddCertificates(this IServiceCollection services)
    {
        services.AddSingleton<WatchedFiles>();
        services.AddSingleton(Random.Shared);
        services.AddSingleton<CertificateEvents>();
        services.AddSingleton<CertificateSources>();
        services.AddSingleton<CertificateKeeper>();
        services.AddHostedService(provider => provider.GetRequiredService<CertificateKeeper>());
    }
}
