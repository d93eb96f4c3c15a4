using System.Diagnostics.Metrics;
using MatrixEdge.Configuration;
using MatrixEdge.Observability.Status;
using Serilog;
using Serilog.Extensions.Logging;

namespace MatrixEdge.Observability;

/// <summary>
/// What the gateway tells: the log, the access log, the banner, the event hook, and the admin listener with health, metrics and
/// what an operator asks. Reads what the other rooms keep and hands on what is asked; never decides anything.
/// </summary>
internal static class ObservabilitySetup
{
    public static void AddObservability(this IServiceCollection services, EdgeSettings settings, ProgramLog log)
    {
        services.AddLogging(logging => logging
            .AddSerilog(log.Events)
            // These would write paths and queries, which hold ids and tokens; what they know, the access log says without.
            .AddFilter<SerilogLoggerProvider>("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.None)
            .AddFilter<SerilogLoggerProvider>("Microsoft.AspNetCore.Server.Kestrel.BadRequests", LogLevel.None)
            .AddFilter<SerilogLoggerProvider>("Yarp", LogLevel.None));
        services.AddSingleton<ConfigurationCheck>(Logging.Check);
        services.AddSingleton(log);
        services.AddSingleton<RecentTraffic>();
        services.AddSingleton<AccessLog>();
        services.AddSingleton<EdgeMetrics>();
        services.AddSingleton(provider =>
        {
            var exported = new ExportedInstruments(provider.GetRequiredService<EdgeMetrics>().Meter, provider.GetRequiredService<IMeterFactory>());
            return new PrometheusText(exported.Find, provider.GetRequiredService<ILogger<PrometheusText>>());
        });
        if (settings.Telemetry is not null)
        {
            services.AddSingleton(settings.Telemetry);
            services.AddHostedService<TelemetryExport>();
        }

        services.AddSingleton<Examinations>();
        services.AddSingleton<Health>();
        services.AddSingleton<CertificateRequests>();
        services.AddSingleton<MaintenanceRequests>();
        services.AddSingleton<CertificateDiary>();
        services.AddSingleton<StatusReports>();
        services.AddSingleton<StatusRequests>();
        services.AddSingleton<AdminRequests>();
        services.AddHostedService<EventHook>();
        services.AddSingleton<Banner>();
    }
}
