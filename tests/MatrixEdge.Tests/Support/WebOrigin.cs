using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace MatrixEdge.Tests.Support;

/// <summary>The server that a website has elsewhere: HTTPS with a certificate of its own. What each handshake and request asked for is kept.</summary>
internal sealed class WebOrigin : IAsyncDisposable
{
    private readonly WebApplication app;

    private WebOrigin(WebApplication app) => this.app = app;

    /// <summary>On the loopback address, by the name that everybody's system knows for it.</summary>
    public string Address => $"https://localhost:{Port}";

    public int Port => new Uri(app.Urls.Single()).Port;

    /// <summary>The server names (RFC 6066 §3) of the handshakes; empty where there was none.</summary>
    public ConcurrentQueue<string> ServerNames { get; } = new();

    public ConcurrentQueue<(string Target, IHeaderDictionary Headers)> Requests { get; } = new();

    public static async Task<WebOrigin> StartAsync(TestAuthority.Issued certificate, RequestDelegate answer)
    {
        WebOrigin? origin = null;
        var context = SslStreamCertificateContext.Create(certificate.Leaf, [.. certificate.Chain], offline: true);
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Listen(IPAddress.Loopback, 0, listener => listener.UseHttps(new TlsHandshakeCallbackOptions
            {
                OnConnection = handshake =>
                {
                    origin!.ServerNames.Enqueue(handshake.ClientHelloInfo.ServerName);
                    return ValueTask.FromResult(new SslServerAuthenticationOptions { ServerCertificateContext = context });
                },
            }));
        });
        var app = builder.Build();
        origin = new WebOrigin(app);
        app.UseWebSockets(new WebSocketOptions { KeepAliveInterval = Timeout.InfiniteTimeSpan });
        app.Run(request =>
        {
            origin.Requests.Enqueue((request.Features.Get<Microsoft.AspNetCore.Http.Features.IHttpRequestFeature>()!.RawTarget, new HeaderDictionary(request.Request.Headers.ToDictionary())));
            return answer(request);
        });
        await app.StartAsync(TestContext.Current.CancellationToken);
        return origin;
    }

    public ValueTask DisposeAsync() => app.DisposeAsync();
}
