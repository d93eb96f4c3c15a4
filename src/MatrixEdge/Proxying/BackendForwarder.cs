using MatrixEdge.Protocol;
using Microsoft.AspNetCore.Http.Features;
using Yarp.ReverseProxy.Forwarder;

namespace MatrixEdge.Proxying;

/// <summary>
/// Passes a request to a program behind the gateway and its answer back, as streams, without holding either; what goes wrong on
/// the way is answered in the voice that fits. An abort on one side is an abort on the other.
/// </summary>
internal sealed partial class BackendForwarder(
    IHttpForwarder forwarder, UpstreamConnections connections, Drain drain, TimeProvider time, ILogger<BackendForwarder> logger)
{
    private const long SmallestLargeUpload = 1024 * 1024; // no homeserver's default limit is near it

    private static readonly ForwarderRequestConfig[] ByMinutes = [.. Enumerable.Range(0, 16).Select(minutes => Config(TimeSpan.FromMinutes(minutes)))];

    private static readonly ForwarderRequestConfig TakenOver = Config(TimeSpan.FromHours(1));

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
        var error = await forwarder.SendAsync(
            context, backend.Prefix, connections.For(upstream.TrustedRoots), isTakenOver ? TakenOver : ConfigFor(silence), upstream.Transformer, running.End);

        if (error == ForwarderError.None)
        {
            if (backend.IsUp != true && backend.NoteUp())
                Log.Recovered(logger, backend.Role, backend.Prefix);
            return;
        }

        await AnswerAsync(context, exchange, upstream, error, silence, limit);
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
    private async Task AnswerAsync(HttpContext context, Exchange exchange, Upstream upstream, ForwarderError error, TimeSpan silence, long? limit)
    {
        var backend = upstream.Backend;
        var exception = context.Features.Get<IForwarderErrorFeature>()?.Exception;
        if (exchange.Running!.End.IsCancellationRequested && !context.RequestAborted.IsCancellationRequested)
        {
            exchange.Reason = "the gateway is being stopped";
            await upstream.AnswerAsync(context, MatrixError.ShuttingDown);
            return;
        }

        switch (error)
        {
            case ForwarderError.RequestTimedOut when !IsConnectTimeout(exception):
                exchange.Reason = $"the {backend.Role} said nothing for {silence.TotalSeconds:0} s; it may still be working on it";
                await upstream.AnswerAsync(context, backend.TimedOut);
                break;

            case ForwarderError.RequestBodyClient when TooLarge(exception):
                exchange.Reason = "the body is larger than the homeserver's m.upload.size";
                await (limit is { } largest ? MatrixError.TooLarge(largest) : MatrixError.UploadBrokenOff).WriteAsync(context);
                break;

            case ForwarderError.RequestBodyClient:
                exchange.Reason = "the client's body broke off";
                await upstream.AnswerAsync(context, MatrixError.BadRequest("The request's body is incomplete"));
                break;

            case ForwarderError.RequestCanceled or ForwarderError.RequestBodyCanceled or ForwarderError.ResponseBodyCanceled
                or ForwarderError.ResponseBodyClient or ForwarderError.UpgradeRequestCanceled or ForwarderError.UpgradeResponseCanceled
                or ForwarderError.UpgradeRequestClient or ForwarderError.UpgradeResponseClient
                when context.RequestAborted.IsCancellationRequested || context.Response.HasStarted:
                exchange.Reason = "the client went away";
                break;

            case ForwarderError.ResponseBodyDestination or ForwarderError.ResponseBodyCanceled or ForwarderError.UpgradeActivityTimeout
                or ForwarderError.UpgradeRequestDestination or ForwarderError.UpgradeResponseDestination
                when context.Response.HasStarted:
                // The status is sent; all that is left is to end the connection, so that nobody takes the part for the whole.
                exchange.Reason = $"the {backend.Role}'s answer broke off: {Words(exception)}";
                Log.BrokeOff(logger, exchange.Operation.Template, backend.Role, backend.Prefix, Words(exception));
                context.Abort();
                break;

            case ForwarderError.RequestBodyDestination or ForwarderError.Request
                when backend is Homeserver && limit is null && IsBrokenOffUpload(context, exchange, exception):
                // Synapse ends the connection in the middle of an upload that is larger than it takes, and says nothing. Whether
                // that is met while writing or while reading is chance.
                exchange.Reason = "the homeserver broke off the upload, as Synapse does above its max_upload_size: " + Words(exception);
                await MatrixError.UploadBrokenOff.WriteAsync(context);
                break;

            default:
                // That one request failed says little; that there is no connection says that the homeserver is down.
                exchange.Reason = $"the {backend.Role} could not be reached or gave no HTTP answer: {Words(exception)}";
                if ((IsConnectTimeout(exception) || IsConnectFailure(exception)) && backend.NoteDown())
                    Log.Unreachable(logger, backend.Role, backend.Prefix, Words(exception));
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
    private static bool IsBrokenOffUpload(HttpContext context, Exchange exchange, Exception? exception) =>
        IsUpload(context, exchange) && context.Request.ContentLength is null or >= SmallestLargeUpload
        && !IsConnectFailure(exception) && !IsConnectTimeout(exception);

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

    private static bool TooLarge(Exception? exception)
    {
        for (; exception is not null; exception = exception.InnerException)
        {
            if (exception is BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge })
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

    private static ForwarderRequestConfig ConfigFor(TimeSpan silence)
    {
        var minutes = silence.Ticks / TimeSpan.TicksPerMinute;
        return silence.Ticks % TimeSpan.TicksPerMinute == 0 && minutes < ByMinutes.Length ? ByMinutes[minutes] : Config(silence);
    }

    private static ForwarderRequestConfig Config(TimeSpan silence) => new()
    {
        Version = System.Net.HttpVersion.Version11,
        VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        ActivityTimeout = silence,
    };

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
