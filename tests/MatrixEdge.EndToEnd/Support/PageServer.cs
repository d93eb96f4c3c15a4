using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace MatrixEdge.EndToEnd.Support;

/// <summary>Where a web client is hosted: an origin of its own, <c>http://localhost:PORT</c>, that knows nothing of any homeserver.</summary>
internal sealed class PageServer : IAsyncDisposable
{
    private static readonly TimeSpan BundleLimit = TimeSpan.FromMinutes(2);

    private readonly WebApplication app;

    private PageServer(WebApplication app) => this.app = app;

    public Uri Address => new($"http://localhost:{new Uri(app.Urls.Single()).Port}/");

    /// <summary>Bundles <c>page.mjs</c> with all that it imports, and serves a page that loads it.</summary>
    /// <param name="directory">For the bundle.</param>
    public static async Task<PageServer> StartAsync(string directory, CancellationToken cancellationToken)
    {
        var bundle = Path.Combine(directory, "page.js");
        await using var esbuild = await ChildProcess.StartAsync(
            [
                "node", Path.Combine(Tools.JavaScript, "node_modules", "esbuild", "bin", "esbuild"), Path.Combine(Tools.JavaScript, "page.mjs"),
                "--bundle", "--format=esm", "--keep-names", "--define:global=globalThis", "--log-level=warning", $"--outfile={bundle}",
            ]);
        Assert.True(await esbuild.EndAsync(BundleLimit) == 0, string.Join('\n', esbuild.Lines));

        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var app = builder.Build();
        app.Run(context =>
        {
            switch (context.Request.Path.Value)
            {
                case "/":
                    context.Response.ContentType = "text/html; charset=utf-8";
                    return context.Response.WriteAsync("<!doctype html><title>A web client</title><script type=module src=page.js></script>");
                case "/page.js":
                    context.Response.ContentType = "text/javascript; charset=utf-8";
                    return context.Response.SendFileAsync(bundle);
                default:
                    context.Response.StatusCode = StatusCodes.Status404NotFound;
                    return Task.CompletedTask;
            }
        });
        await app.StartAsync(cancellationToken);
        return new PageServer(app);
    }

    public async ValueTask DisposeAsync() => await app.DisposeAsync();
}
