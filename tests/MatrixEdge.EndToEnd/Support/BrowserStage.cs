using System.Net;

namespace MatrixEdge.EndToEnd.Support;

/// <summary>
/// A homeserver behind its gateway with names as on the Internet, <c>one.test</c> and <c>matrix.one.test</c>, a page on another
/// origin, and a Chromium that finds all of them by name.
/// </summary>
public sealed class BrowserStage : IAsyncLifetime
{
    private const string ServerHost = "one.test";
    private const string PublicHost = "matrix.one.test";

    private readonly DirectoryInfo directory = Directory.CreateTempSubdirectory("matrixedge-browser-");
    private TestAuthority? authority;
    private MatrixServer? server;
    private PageServer? pages;
    private Chromium? chromium;

    /// <summary>Why there is none; null when there is.</summary>
    public string? WhyNot { get; } = Tools.WhyNot() ?? Tools.WhyNoBrowser();

    internal MatrixServer Server => server!;

    public async ValueTask InitializeAsync()
    {
        if (WhyNot is not null)
            return;

        var stop = TestContext.Current.CancellationToken;
        authority = new TestAuthority(directory.FullName, ServerHost, PublicHost);
        var place = authority.Place() with
        {
            ServerHost = ServerHost,
            PublicHost = PublicHost,
            AtUsualPorts = true,
            Address = IPAddress.Loopback,
        };
        server = new MatrixServer(directory.FullName, place);
        var https = place.Listen(place.HttpsPort);
        var hosts = new Dictionary<string, string> { [$"{ServerHost}:443"] = https, [$"{PublicHost}:443"] = https };
        var starting = server.StartAsync(stop);
        try
        {
            pages = await PageServer.StartAsync(directory.FullName, stop);
            chromium = await Chromium.StartAsync(directory.CreateSubdirectory("browser").FullName, authority, hosts, stop);
        }
        finally
        {
            await starting;
        }
    }

    /// <summary>The web client, in a tab of its own.</summary>
    internal Task<BrowserPage> OpenAsync(CancellationToken cancellationToken) => chromium!.OpenAsync(pages!.Address, cancellationToken);

    public async ValueTask DisposeAsync()
    {
        if (chromium is not null)
            await chromium.DisposeAsync();
        if (pages is not null)
            await pages.DisposeAsync();
        if (server is not null)
            await server.DisposeAsync();
        authority?.Dispose();
        directory.Delete(recursive: true);
    }
}
