using MatrixEdge.Configuration;

namespace MatrixEdge.Certificates;

/// <summary>
/// Where the served certificate comes from and how it stays fresh. Relies on the cell in <c>Listening</c> to hand it out;
/// never takes a certificate away before a better one is in hand.
/// </summary>
internal static class CertificatesSetup
{
    public static void AddCertificates(this IServiceCollection services)
    {
        services.AddSingleton<WatchedFiles>();
        services.AddSingleton<CertificateKeeper>();
        services.AddHostedService(provider => provider.GetRequiredService<CertificateKeeper>());
    }
}
