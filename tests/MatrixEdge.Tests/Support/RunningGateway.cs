using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using MatrixEdge.Certificates;
using MatrixEdge.Configuration;
using MatrixEdge.Listening;
using MatrixEdge.Observability;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Serilog;

namespace MatrixEdge.Tests.Support;

/// <summary>
/// The whole gateway, in this process, on loopback ports of the system's choice, configured by a file of its own as an
/// operator would. What it logs is kept.
/// </summary>
internal sealed class RunningGateway : IAsyncDisposable
{
    private readonly WebApplication app;
    private readonly Serilog.Core.Logger log;
    private readonly TemporaryFolder folder;
    private readonly X509Certificate2? root;

    private RunningGateway(WebApplication app, Serilog.Core.Logger log, LogEvents events, TemporaryFolder folder)
    {
        this.app = app;
        this.log = log;
        this.folder = folder;
        Events = events;
        if (app.Services.GetRequiredService<CertificateKeeper>().LocalRootPath is { } path)
            root = X509CertificateLoader.LoadCertificateFromFile(path);
    }

    public LogEvents Events { get; }

    public string ConfigurationFile => folder.File("appsettings.json");

    public IServiceProvider Services => app.Services;

    /// <summary>Starts with these keys below <c>MatrixEdge</c>; what is not named gets a loopback port or the local authority.</summary>
    public static async Task<RunningGateway> StartAsync(string matrixEdge, string serilog = "{}", TimeProvider? time = null)
    {
        var folder = new TemporaryFolder();
        Write(folder.File("appsettings.json"), matrixEdge, serilog);

        var problems = new Problems();
        var environment = new ConfigurationEnvironment(new Dictionary<string, string>(), folder.Path, []);
        var source = ConfigurationSource.Open("appsettings.json", environment, problems);
        var settings = source is null ? null : EdgeSettings.Parse(source.Document, problems);
        Assert.Equal("", string.Join('\n', problems.Found));

        var events = new LogEvents();
        var log = new LoggerConfiguration().MinimumLevel.Information().MinimumLevel.Override("Microsoft", Serilog.Events.LogEventLevel.Warning)
            .WriteTo.Sink(events).CreateLogger();
        var app = await EdgeApp.BuildAsync(settings!, source!, new ProgramLog(log), time ?? TimeProvider.System, CancellationToken.None);
        await app.StartAsync();
        return new RunningGateway(app, log, events, folder);
    }

    /// <summary>One site, <c>example.com</c> reached at <c>matrix.example.com</c>, in front of this backend.</summary>
    public static Task<RunningGateway> StartInFrontOfAsync(int backendPort, string kind = "Auto", string more = "", TimeProvider? time = null) => StartAsync($$"""
        {
          "Sites": [{
            "ServerName": "example.com", "PublicHost": "matrix.example.com",
            "Homeserver": { "Kind": "{{kind}}", "Address": "http://127.0.0.1:{{backendPort}}" }
          }]{{more}}
        }
        """, time: time);

    public int Port(ListenerKind kind) => app.Services.GetRequiredService<BoundListeners>().Find(kind)!.Port;

    public IReadOnlyList<IPEndPoint> EndPoints(ListenerKind kind) =>
        [.. app.Services.GetRequiredService<BoundListeners>().All.Where(listener => listener.Kind == kind).Select(listener => listener.EndPoint)];

    /// <summary>Replaces the configuration file, as an editor does.</summary>
    public void Reconfigure(string matrixEdge, string serilog = "{}")
    {
        Write(ConfigurationFile + ".new", matrixEdge, serilog);
        File.Move(ConfigurationFile + ".new", ConfigurationFile, overwrite: true);
    }

    public async Task<SslStream> ConnectAsync(
        ListenerKind kind = ListenerKind.Https, string? serverName = "matrix.example.com", IPAddress? to = null, IPAddress? from = null,
        params SslApplicationProtocol[] protocols)
    {
        var endPoint = EndPoint(kind, to);
        var socket = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        if (from is not null)
            socket.Bind(new IPEndPoint(from, 0));
        await socket.ConnectAsync(endPoint);
        var tls = new SslStream(new NetworkStream(socket, ownsSocket: true));
        await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
        {
            TargetHost = serverName,
            ApplicationProtocols = protocols.Length > 0 ? [.. protocols] : [SslApplicationProtocol.Http11],
            RemoteCertificateValidationCallback = (_, _, _, _) => true,
        });
        return tls;
    }

    /// <summary>A client that finds every host at this gateway, trusts its authority and speaks this HTTP version.</summary>
    public HttpClient Client(Version version, ListenerKind kind = ListenerKind.Https, bool trustEverything = false, IPAddress? from = null, IPAddress? to = null) => new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        UseProxy = false,
        ActivityHeadersPropagator = null,
        AutomaticDecompression = DecompressionMethods.None,
        RequestHeaderEncodingSelector = (_, _) => System.Text.Encoding.Latin1,
        ConnectCallback = async (_, stop) =>
        {
            var endPoint = EndPoint(kind, to);
            var socket = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            if (from is not null)
                socket.Bind(new IPEndPoint(from, 0));
            await socket.ConnectAsync(endPoint, stop);
            return new NetworkStream(socket, ownsSocket: true);
        },
        SslOptions = new SslClientAuthenticationOptions
        {
            RemoteCertificateValidationCallback = (_, certificate, _, errors) => trustEverything || IsTrusted(certificate, errors),
        },
    })
    {
        DefaultRequestVersion = version,
        DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
        Timeout = TimeSpan.FromMinutes(2),
    };

    public Task StopAsync() => app.StopAsync();

    public async ValueTask DisposeAsync()
    {
        var loops = app.Services.GetServices<IHostedService>().OfType<BackgroundService>().ToArray();
        await app.DisposeAsync();
        // Told to end, but not waited for by the host; what they still write must not meet the folder's removal.
        await Task.WhenAll(loops.Select(loop => loop.ExecuteTask ?? Task.CompletedTask)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await log.DisposeAsync();
        folder.Dispose();
        root?.Dispose();
    }

    private IPEndPoint EndPoint(ListenerKind kind, IPAddress? address) => EndPoints(kind).First(candidate => address is null || candidate.Address.Equals(address));

    private bool IsTrusted(X509Certificate? certificate, SslPolicyErrors errors)
    {
        if (certificate is null || root is null || errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch))
            return false;

        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(root);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        return chain.Build(new X509Certificate2(certificate));
    }

    private static void Write(string path, string matrixEdge, string serilog)
    {
        var section = ConfigurationDocument.Parse(matrixEdge);
        section["Listen"] ??= JsonNode.Parse("""{ "Http": "127.0.0.1:0", "Https": "127.0.0.1:0", "Federation": "127.0.0.1:0", "Admin": "127.0.0.1:0" }""");
        section["Certificate"] ??= JsonNode.Parse("""{ "Source": "Local" }""");
        section["Store"] ??= JsonNode.Parse("""{ "Directory": "store" }""");
        section["Doctor"] ??= JsonNode.Parse("""{ "Every": "00:00:00" }"""); // would ask the real internet about invented names
        File.WriteAllText(path, new JsonObject { ["MatrixEdge"] = section, ["Serilog"] = JsonNode.Parse(serilog) }.ToJsonString());
    }
}
