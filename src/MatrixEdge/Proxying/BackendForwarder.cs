using MatrixEdge.Protocol;
using Microsoft.AspNetCore.Http.Features;
using Yarp.ReverseProxy.Forwarder;

namespace MatrixEdge.Proxying;

/// <summary>
/// Passes a request to a program behind the gateway and its answer back, as streams, without holding either; what goes wrong on
/// the way is answered in the voice that fits. An abort on one side is an abort on the other. Connections that are taken over
/// (WebSockets) are YARP's to hold.
/// </summary>
internal sealed partial class BackendForwarder(
    Passage passage, IHttpForwarder forwarder, UpstreamConnections connections, Drain drain, TimeProvider time, ILogger<BackendForwarder> logger)
{
    private const long SmallestLargeUpload = 1024 * 1024; // no homeserver's default limit is near it

    private static readonly ForwarderRequestConfig TakenOver = new()
    {
        Version = System.Net.HttpVersion.Version11,
        VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        ActivityTimeout = TimeSpan.FromHours(1),
    };

    /// <summary>Passes the request on and its answer back; when this returns, something was answered.</summary>
    /// <param name="silence">How long neither side need send a byte; a connection that was taken over (a WebSocket) may be silent for an hour.</param>
    public async Task ForwardAsync(HttpContext context, Exchange exchange, Upstream upstream, TimeSpan silence)
    {
        var backend = upstream.Backend;
        var limit = backend is Homeserver homeserver && IsUpload(context, exchange)
            ? homeserver.UploadLimit.Find(context.Request.Headers.Authorization, time)
            : null;
        if (limit is { } largest && !TryLimitBody(context, largest))
        {
            exchange.Reason = "the body is larger than the homeserver's m.upload.size";
            await MatrixError.TooLarge(largest).WriteAsync(context);
            return;
        }

        var isTakenOver = IsUpgrade(context);
        using var running = drain.Enter(isTakenOver || exchange.Operation.Patience == Patience.LongPoll);
        exchange.Running = running;
        var result = isTakenOver
            ? await TakeOverAsync(context, upstream, running.End)
            : await passage.RunAsync(context, exchange, upstream, silence, running.End);

        if (result.End == PassageEnd.Answered)
        {
            if (backend.IsUp != true && backend.NoteUp())
                Log.Recovered(logger, backend.Role, backend.Prefix);
            return;
        }

        await AnswerAsync(context, exchange, upstream, result, silence, limit);
    }

    private async ValueTask<PassageResult> TakeOverAsync(HttpContext context, Upstream upstream, CancellationToken stop)
    {
        var error = await forwarder.SendAsync(
            context, upstream.Backend.Prefix, connections.For(upstream.TrustedRoots), TakenOver, upstream.Transformer, stop);
        var exception = context.Features.Get<IForwarderErrorFeature>()?.Exception;
        return new PassageResult(End(), exception);

        PassageEnd End() => error switch
        {
            ForwarderError.None => PassageEnd.Answered,
            _ when stop.IsCancellationRequested && !context.RequestAborted.IsCancellationRequested => PassageEnd.Stopped,
            ForwarderError.ResponseBodyDestination or ForwarderError.UpgradeActivityTimeout or ForwarderError.UpgradeRequestDestination or ForwarderError.UpgradeResponseDestination
                when context.Response.HasStarted => PassageEnd.BrokenOff,
            _ when context.RequestAborted.IsCancellationRequested || context.Response.HasStarted => PassageEnd.ClientGone,
            ForwarderError.RequestTimedOut when !IsConnectTimeout(exception) => PassageEnd.Silence,
            ForwarderError.RequestBodyClient => PassageEnd.ClientBody,
            _ when IsConnectTimeout(exception) || IsConnectFailure(exception) => PassageEnd.Unreachable,
            _ => PassageEnd.NoAnswer,
        };
    }

    // The client's own limit: an upload that the homeserver would refuse is refused before its body is read.
    private static bool TryLimitBody(HttpContext context, long limit)
    {
        if (context.Request.ContentLength > limit)
            return false;

        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } feature)
            feature.MaxRequestBodySize = limit;
        return true;
    }

    // The limit is the one that the body was held to; the homeserver's may be forgotten since, if it is down.
    private async Task AnswerAsync(HttpContext context, Exchange exchange, Upstream upstream, PassageResult result, TimeSpan silence, long? limit)
    {
        var backend = upstream.Backend;
        var words = Words(result.Exception);
        switch (result.End)
        {
            case PassageEnd.Stopped:
                exchange.Reason = "the gateway is being stopped";
                await upstream.AnswerAsync(context, MatrixError.ShuttingDown);
                break;

            case PassageEnd.Silence:
                exchange.Reason = $"the {backend.Role} said nothing for {silence.TotalSeconds:0} s; it may still be working on it";
                await upstream.AnswerAsync(context, backend.TimedOut);
                break;

            case PassageEnd.ClientBodyTooLarge:
                exchange.Reason = "the body is larger than the homeserver's m.upload.size";
                await (limit is { } largest ? MatrixError.TooLarge(largest) : MatrixError.UploadBrokenOff).WriteAsync(context);
                break;

            case PassageEnd.ClientBody:
                exchange.Reason = "the client's body broke off";
                await upstream.AnswerAsync(context, MatrixError.BadRequest("The request's body is incomplete"));
                break;

            case PassageEnd.NoRequest:
                exchange.Reason = $"it cannot be passed on as it is: {words}";
                await MatrixError.RefusedTarget.WriteAsync(context);
                break;

            case PassageEnd.ClientGone:
                exchange.Reason = "the client went away";
                break;

            case PassageEnd.BrokenOff:
                // The status is sent; all that is left is to end the connection, so that nobody takes the part for the whole.
                exchange.Reason = $"the {backend.Role}'s answer broke off: {words}";
                Log.BrokeOff(logger, exchange.Operation.Template, backend.Role, backend.Prefix, words);
                context.Abort();
                break;

            case PassageEnd.NoAnswer when backend is Homeserver && limit is null && IsBrokenOffUpload(context, exchange):
                // Synapse ends the connection in the middle of an upload that is larger than it takes, and says nothing.
                exchange.Reason = "the homeserver broke off the upload, as Synapse does above its max_upload_size: " + words;
                await MatrixError.UploadBrokenOff.WriteAsync(context);
                break;

            default:
                // That one request failed says little; that there is no connection says that the homeserver is down.
                exchange.Reason = $"the {backend.Role} could not be reached or gave no HTTP answer: {words}";
                if (result.End == PassageEnd.Unreachable && backend.NoteDown())
                    Log.Unreachable(logger, backend.Role, backend.Prefix, words);
                await upstream.AnswerAsync(context, backend.Unreachable);
                break;
        }
    }

    private static bool IsUpgrade(HttpContext context) =>
        context.Features.Get<IHttpUpgradeFeature>() is { IsUpgradableRequest: true } || context.Features.Get<IHttpExtendedConnectFeature>() is { IsExtendedConnect: true };

    private static bool IsUpload(HttpContext context, Exchange exchange) =>
        exchange.Operation.Patience == Patience.Media && !HttpMethods.IsGet(context.Request.Method) && !HttpMethods.IsHead(context.Request.Method);

    // A small one that breaks off was not too large, nor was one that was held to the homeserver's limit: then the homeserver is
    // being restarted, say.
    private static bool IsBrokenOffUpload(HttpContext context, Exchange exchange) =>
        IsUpload(context, exchange) && context.Request.ContentLength is null or >= SmallestLargeUpload;

    private static bool IsConnectFailure(Exception? exception) =>
        exception is HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError };

    // The forwarder tells a connection that was never made in time as it tells silence; the handler names the time-out within.
    private static bool IsConnectTimeout(Exception? exception)
    {
        for (; exception is not null; exception = exception.InnerException)
        {
            if (exception is TimeoutException)
                return true;
        }

        return false;
    }

    // The innermost message is the one that names the cause: "Connection refused".
    private static string Words(Exception? exception)
    {
        while (exception?.InnerException is { } inner)
            exception = inner;
        return exception?.Message ?? "no reason given";
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Warning, "The {Role} at {Address} cannot be reached: {Reason}. Clients get 502 until it answers; the well-known documents are served all the same")]
        public static partial void Unreachable(ILogger logger, string role, string address, string reason);

        [LoggerMessage(LogLevel.Information, "The {Role} at {Address} answers again")]
        public static partial void Recovered(ILogger logger, string role, string address);

        [LoggerMessage(LogLevel.Warning, "{Operation}: the answer of the {Role} at {Address} broke off: {Reason}")]
        public static partial void BrokeOff(ILogger logger, string operation, string role, string address, string reason);
    }
}
