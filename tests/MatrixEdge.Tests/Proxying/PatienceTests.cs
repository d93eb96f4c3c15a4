using System.Net;
using MatrixEdge.Configuration;
using MatrixEdge.Listening;
using MatrixEdge.Protocol;
using MatrixEdge.Proxying;
using MatrixEdge.Tests.Support;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace MatrixEdge.Tests.Proxying;

/// <summary>What the forwarder does with a homeserver that falls silent; its own pipeline, so that silence can be short.</summary>
public sealed class PatienceTests
{
    [Fact]
    public async Task Silence_before_an_answer_is_a_504_as_a_Matrix_error()
    {
        await using var backend = new RawBackend((_, connection) => connection.WaitForCloseAsync());
        await using var app = await StartAsync(backend, TimeSpan.FromMilliseconds(300));
        using var client = new HttpClient();

        using var answer = await client.GetAsync(new Uri(app.Urls.First() + "/_matrix/client/v3/join/x"));

        Assert.Equal(HttpStatusCode.GatewayTimeout, answer.StatusCode);
        Assert.Equal("""{"errcode":"M_UNKNOWN","error":"The homeserver took too long to answer, please try again shortly"}""", await answer.Content.ReadAsStringAsync());
        Assert.Equal(["*"], answer.Headers.GetValues("Access-Control-Allow-Origin"));
        Assert.Equal("10", answer.Headers.GetValues("Retry-After").Single());
    }

    [Fact]
    public async Task Slow_is_not_silent()
    {
        await using var backend = new RawBackend(async (_, connection) =>
        {
            await connection.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n");
            for (var i = 0; i < 12; i++)
            {
                await connection.SendAsync("x");
                await Task.Delay(150);
            }
        });
        await using var app = await StartAsync(backend, TimeSpan.FromMilliseconds(1000));
        using var client = new HttpClient();

        Assert.Equal("xxxxxxxxxxxx", await client.GetStringAsync(new Uri(app.Urls.First() + "/_matrix/media/v3/download/a/b")));
    }

    [Fact]
    public async Task Silence_in_the_middle_of_an_answer_ends_it()
    {
        await using var backend = new RawBackend(async (_, connection) =>
        {
            await connection.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\nx");
            await connection.WaitForCloseAsync();
        });
        await using var app = await StartAsync(backend, TimeSpan.FromMilliseconds(300));
        using var client = new HttpClient();

        await Assert.ThrowsAsync<HttpRequestException>(() => client.GetStringAsync(new Uri(app.Urls.First() + "/_matrix/media/v3/download/a/b")));
    }

    private static async Task<WebApplication> StartAsync(RawBackend backend, TimeSpan silence)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        builder.Services.AddLogging();
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton(new ListenSettings(null, null, null, null, TimeSpan.FromSeconds(5)));
        builder.Services.AddProxying();
        var app = builder.Build();

        var homeserver = new Homeserver(new Uri($"http://127.0.0.1:{backend.Port}"));
        var upstream = new Upstream(homeserver, new BackendTransformer(homeserver));
        var forwarder = app.Services.GetRequiredService<BackendForwarder>();
        app.Run(context =>
        {
            var exchange = new Exchange(new ConnectionFacts(ListenerKind.Https, IPAddress.Loopback), Operations.Find("GET", context.Request.Path));
            context.Features.Set(exchange);
            return forwarder.ForwardAsync(context, exchange, upstream, silence);
        });
        await app.StartAsync();
        return app;
    }
}
