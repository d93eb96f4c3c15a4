using MatrixEdge.Certificates;
using MatrixEdge.Configuration;
using MatrixEdge.Doctor;
using MatrixEdge.Idling;
using MatrixEdge.Limiting;
using MatrixEdge.Listening;
using MatrixEdge.Observability;
using MatrixEdge.Protocol;
using MatrixEdge.Proxying;
using MatrixEdge.Sites;
using MatrixEdge.Sockets;
using Microsoft.AspNetCore.Http.Features;

namespace MatrixEdge;

/// <summary>
/// The table of contents of the running gateway: every feature is found from here in one step.
/// </summary>
internal static class EdgeApp
{
    /// <summary>Puts the rooms together. Certificates are loaded here, so that a listener does not open without one that exists.</summary>
    /// <exception cref="ListenerUnavailableException">A port cannot be had.</exception>
    /// <exception cref="CertificateException">There is no certificate to serve, and none will come.</exception>
    public static async Task<WebApplication> BuildAsync(
        EdgeSettings settings, ConfigurationSource source, ProgramLog log, TimeProvider time, CancellationToken stop)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ApplicationName = "matrixedge" });
        builder.Services.AddSingleton(time);
        builder.Services.AddSingleton(settings.Listen);
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = settings.Listen.DrainFor);
        builder.Services.Configure<ConsoleLifetimeOptions>(console => console.SuppressStatusMessages = true);

        builder.Services.AddObservability(settings, log);
        builder.Services.AddSockets();
        builder.AddListening(settings.Listen, settings.TrustedProxies);
        builder.Services.AddCertificates();
        builder.Services.AddProxying();
        builder.Services.AddLimiting();
        builder.Services.AddSites(settings, source);
        builder.Services.AddDoctor();
        builder.Services.AddIdling();

        var app = builder.Build();
        var keeper = app.Services.GetRequiredService<CertificateKeeper>();
        keeper.Use(await keeper.PrepareAsync(settings, stop));
        await app.Services.GetRequiredService<Maintenance>().LoadAsync(stop);
        _ = app.Services.GetRequiredService<Drain>(); // hears of the stop from the start
        _ = Operations.All; // read now, not by the first request

        var admin = app.Services.GetRequiredService<AdminRequests>();
        var access = app.Services.GetRequiredService<AccessLog>();
        var requests = app.Services.GetRequiredService<PublicRequests>();
        Func<HttpContext, Exchange, Task> handlePublic = requests.HandleAsync;

        app.Run(context =>
        {
            var connection = context.Features.GetRequiredFeature<ConnectionFacts>();
            if (connection.Listener == ListenerKind.Admin)
                return admin.HandleAsync(context);

            var exchange = new Exchange(connection, Operations.Find(context.Request.Method, RequestTarget.Of(context).Path));
            context.Features.Set(exchange);
            return access.RunAsync(context, exchange, handlePublic);
        });
        return app;
    }
}
