using System.Net;
using System.Net.WebSockets;
using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace MatrixEdge.EndToEnd.Support;

/// <summary>What LiveKit is to a gateway: it takes WebSockets at <c>/rtc</c>. What is said on them is up to the test; it sends no pings of its own.</summary>
internal sealed class WebSocketBackend : IAsyncDisposable
{
    private readonly WebApplication app;
    private readonly Channel<WebSocket> accepted;
    private readonly TaskCompletionSource end;

    private WebSocketBackend(WebApplication app, Channel<WebSocket> accepted, TaskCompletionSource end)
    {
        this.app = app;
        this.accepted = accepted;
        this.end = end;
    }

    public Uri Address => new(app.Urls.Single());

    public static async Task<WebSocketBackend> StartAsync(CancellationToken cancellationToken)
    {
        var accepted = Channel.CreateUnbounded<WebSocket>();
        var end = new TaskCompletionSource();
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var app = builder.Build();
        app.UseWebSockets(new WebSocketOptions { KeepAliveInterval = Timeout.InfiniteTimeSpan });
        app.Run(async context =>
        {
            if (!context.WebSockets.IsWebSocketRequest || context.Request.Path != "/rtc")
            {
                context.Response.StatusCode = StatusCodes.Status404NotFound;
                return;
            }

            using var socket = await context.WebSockets.AcceptWebSocketAsync();
            await accepted.Writer.WriteAsync(socket, context.RequestAborted);
            await end.Task;
        });
        await app.StartAsync(cancellationToken);
        return new WebSocketBackend(app, accepted, end);
    }

    /// <summary>The next one that somebody has opened.</summary>
    public ValueTask<WebSocket> AcceptAsync(CancellationToken cancellationToken) => accepted.Reader.ReadAsync(cancellationToken);

    public async ValueTask DisposeAsync()
    {
        end.SetResult();
        await app.DisposeAsync();
    }
}
