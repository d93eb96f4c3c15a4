using System.Net;
using MatrixEdge.Listening;
using MatrixEdge.Protocol;
using MatrixEdge.Proxying;
using MatrixEdge.Tests.Support;
using MatrixEdge.Website;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Serilog;

namespace MatrixEdge.Tests.Website;

/// <summary>A website behind a real Kestrel on a loopback port, and a client that changes nothing on the way. What is logged is kept.</summary>
internal sealed class ServedSite : IAsyncDisposable
{
    private readonly WebApplication app;
    private readonly Serilog.Core.Logger log;
    private readonly HttpClient client;

    private ServedSite(WebApplication app, Serilog.Core.Logger log, LogEvents events)
    {
        this.app = app;
        this.log = log;
        Events = events;
        client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseProxy = false, MaxConnectionsPerServer = int.MaxValue })
        {
            BaseAddress = new Uri(app.Urls.Single()),
        };
    }

    public LogEvents Events { get; }

    /// <summary>Why the last request was answered as it was.</summary>
    public string? Reason { get; private set; }

    public static async Task<ServedSite> StartAsync(IWebsite website, OwnHeaders? own = null)
    {
        var events = new LogEvents();
        var log = new LoggerConfiguration().MinimumLevel.Warning().WriteTo.Sink(events).CreateLogger();
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Logging.ClearProviders().AddSerilog(log);
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        ServedSite? site = null;
        app.Run(async context =>
        {
            var exchange = new Exchange(new ConnectionFacts(ListenerKind.Https, IPAddress.Loopback), Operations.Find(context.Request.Method, "/"));
            context.Features.Set(exchange);
            context.Features.Set(own);
            try
            {
                await website.AnswerAsync(context);
            }
            finally
            {
                site!.Reason = exchange.Reason;
            }
        });
        await app.StartAsync(TestContext.Current.CancellationToken);
        return site = new ServedSite(app, log, events);
    }

    public Task<HttpResponseMessage> GetAsync(string target, params (string Name, string Value)[] headers) => SendAsync("GET", target, headers);

    public Task<HttpResponseMessage> SendAsync(string method, string target, params (string Name, string Value)[] headers) =>
        SendAsync(method, target, HttpCompletionOption.ResponseContentRead, headers);

    public Task<HttpResponseMessage> SendAsync(string method, string target, HttpCompletionOption completion, params (string Name, string Value)[] headers)
    {
        // As written: HttpClient would otherwise decode "%63" and resolve dots before sending.
        var uri = new Uri(
            client.BaseAddress!.GetLeftPart(UriPartial.Authority) + target, new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });
        var request = new HttpRequestMessage(new HttpMethod(method), uri);
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        return client.SendAsync(request, completion, TestContext.Current.CancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        client.Dispose();
        await app.DisposeAsync();
        await log.DisposeAsync();
    }
}
