using MatrixEdge.Certificates;
using MatrixEdge.Listening.Tls;
using MatrixEdge.Protocol;
using Microsoft.AspNetCore.Hosting.Server;

namespace MatrixEdge;

/// <summary>
/// Does beside the reading of the configuration what does not depend on it. Most of a start is loading code, and code is loaded by being run:
/// a server that never opens is put together on another processor, so that the one that opens finds all of it there.
/// </summary>
internal static class StartAhead
{
    public static void Begin()
    {
        SystemRoots.BeginReading();
        if (Environment.ProcessorCount == 1)
            return; // then the rest would only be in the way

        _ = Task.Run(LoadServerAsync);
        _ = Task.Run(static () => (Operations.All, OpenSsl.IsThere));
    }

    // What goes wrong here goes wrong again where it is told.
    private static async Task LoadServerAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration();
        builder.Services.AddLogging();
        builder.Services.AddMetrics();
        builder.Services.AddHttpForwarder();
        await using var app = builder.Build();
        _ = app.Services.GetService<IServer>();
    }
}
