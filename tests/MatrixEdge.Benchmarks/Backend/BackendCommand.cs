using System.Globalization;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace MatrixEdge.Benchmarks.Backend;

/// <summary>
/// The homeserver's stand-in, a process of its own: HTTP/1.1 by Kestrel without anything around it. Says its port in the first
/// line, and ends with its standard input, so that it never outlives who started it.
/// </summary>
internal static class BackendCommand
{
    private const int PieceSize = 128 * 1024;

    private static readonly byte[] Piece = new byte[PieceSize];

    public static async Task<int> RunAsync(CancellationToken stop)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, 0);
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Limits.MinRequestBodyDataRate = null;
            kestrel.Limits.MinResponseDataRate = null;
        });
        await using var app = builder.Build();
        var polls = new HeldPolls();
        app.Run(context => AnswerAsync(context, polls));
        await app.StartAsync(stop);

        var addresses = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses;
        Console.WriteLine(new Uri(addresses.Single()).Port);

        await Task.WhenAny(Task.Run(Console.In.ReadToEnd, CancellationToken.None), Task.Delay(Timeout.Infinite, stop));
        return 0;
    }

    private static Task AnswerAsync(HttpContext context, HeldPolls polls)
    {
        var path = context.Request.Path.Value ?? "";
        AddHeaders(context.Response.Headers);
        if (BackendAnswers.Json.TryGetValue(path, out var json))
            return WriteAsync(context, json);

        switch (path)
        {
            case BackendAnswers.DownloadPath:
                return SendAsync(context);
            case BackendAnswers.UploadPath:
                return SwallowAsync(context);
            case BackendAnswers.PollPath:
                return HoldAsync(context, polls);
            case BackendAnswers.HeldPath:
                return WriteAsync(context, Encoding.ASCII.GetBytes(polls.Count.ToString(CultureInfo.InvariantCulture)));
            case BackendAnswers.ReleasePath:
                polls.Release();
                return WriteAsync(context, "{}"u8.ToArray());
            default:
                context.Response.StatusCode = StatusCodes.Status404NotFound;
                return WriteAsync(context, """{"errcode":"M_UNRECOGNIZED"}"""u8.ToArray());
        }
    }

    private static Task WriteAsync(HttpContext context, byte[] json)
    {
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = json.Length;
        return context.Response.Body.WriteAsync(json).AsTask();
    }

    private static async Task SendAsync(HttpContext context)
    {
        context.Response.ContentType = "application/octet-stream";
        context.Response.ContentLength = BackendAnswers.TransferSize;
        for (var left = BackendAnswers.TransferSize; left > 0; left -= PieceSize)
            await context.Response.Body.WriteAsync(Piece.AsMemory(0, (int)Math.Min(left, PieceSize)), context.RequestAborted);
    }

    private static async Task HoldAsync(HttpContext context, HeldPolls polls)
    {
        await polls.HoldAsync(context.RequestAborted);
        await WriteAsync(context, """{"next_batch":"s2"}"""u8.ToArray());
    }

    private static async Task SwallowAsync(HttpContext context)
    {
        var reader = context.Request.BodyReader;
        var received = 0L;
        while (true)
        {
            var read = await reader.ReadAsync(context.RequestAborted);
            received += read.Buffer.Length;
            reader.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted)
                break;
        }

        if (received != BackendAnswers.TransferSize)
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
        await WriteAsync(context, """{"content_uri":"mxc://localhost/benchmark"}"""u8.ToArray());
    }

    // As many as Synapse sends, so that there is something to pass on.
    private static void AddHeaders(IHeaderDictionary headers)
    {
        headers.CacheControl = "no-cache, no-store, must-revalidate";
        headers.AccessControlAllowOrigin = "*";
        headers.AccessControlAllowMethods = "GET, HEAD, POST, PUT, DELETE, OPTIONS";
        headers.AccessControlAllowHeaders = "X-Requested-With, Content-Type, Authorization, Date";
        headers.AccessControlExposeHeaders = "Synapse-Trace-Id, Server";
    }
}
