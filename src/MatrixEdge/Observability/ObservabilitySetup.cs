using Serilog;

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
            // It would put path and query into the scope of every line of a request, and start an activity for each.
            .AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.None));
        services.AddSingleton<AccessLog>();
        services.AddSingleton<AdminRequests>();
        services.AddSingleton<Banner>();
    }
}
