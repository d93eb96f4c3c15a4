using MatrixEdge.Configuration;
using Serilog;
using Serilog.Extensions.Logging;

namespace MatrixEdge.Observability;

/// <summary>
/// What the gateway tells: the log, the access log, the banner, and health on the admin listener. Reads what the other rooms
/// keep; never decides anything.
/// </summary>
internal static class ObservabilitySetup
{
    public static void AddObservability(this IServiceCollection services, Serilog.ILogger log)
    {
        services.AddLogging(logging => logging
            .AddSerilog(log)
            // These would write paths and queries, which hold ids and tokens; what they know, the access log says without.
            .AddFilter<SerilogLoggerProvider>("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.None)
            .AddFilter<SerilogLoggerProvider>("Microsoft.AspNetCore.Server.Kestrel.BadRequests", LogLevel.None)
            .AddFilter<SerilogLoggerProvider>("Yarp", LogLevel.None));
        services.AddSingleton<ConfigurationCheck>(Logging.Check);
        services.AddSingleton<AccessLog>();
        services.AddSingleton<AdminRequests>();
        services.AddSingleton<Banner>();
    }
}
