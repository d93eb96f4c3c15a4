using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Primitives;

namespace MatrixEdge.Protocol;

/// <summary>
/// An answer of the gateway itself, in the form that Matrix clients and servers understand: <c>errcode</c> and <c>error</c>
/// as JSON with CORS headers (Matrix client-server §Standard error response). Prepared once, written often.
/// Messages are for users: plain words, and nothing about what stands behind the gateway.
/// </summary>
internal sealed class MatrixError
{
    private readonly byte[] _body;
    private readonly StringValues _allow;

    private MatrixError(int status, string errorCode, string message, int? retryAfterSeconds = null, string? allow = null, bool tellsMilliseconds = false)
    {
        Status = status;
        ErrorCode = errorCode;
        Message = message;
        var body = new JsonObject { ["errcode"] = errorCode, ["error"] = message };
        if (tellsMilliseconds)
            body["retry_after_ms"] = retryAfterSeconds * 1000L;
        _body = JsonText.ToBytes(body);
        RetryAfter = retryAfterSeconds?.ToString(CultureInfo.InvariantCulture);
        _allow = allow;
    }

    /// <summary>
    /// No such endpoint (Matrix client-server §Common error codes). Media federation and sign-in fall back on exactly this answer.
    /// </summary>
    public static MatrixError NotFound { get; } =
        new(StatusCodes.Status404NotFound, "M_UNRECOGNIZED", "Unrecognized request");

    /// <summary>A known document that this site does not have.</summary>
    public static MatrixError NoDocument { get; } =
        new(StatusCodes.Status404NotFound, "M_NOT_FOUND", "This server does not publish this document");

    /// <summary>Nothing answers to this <c>Host</c> (RFC 9110 §15.5.20).</summary>
    public static MatrixError UnknownHost { get; } =
        new(StatusCodes.Status421MisdirectedRequest, "M_UNRECOGNIZED", "No Matrix server answers to this name here");

    /// <summary>A path that two programs could read in two ways.</summary>
    public static MatrixError RefusedTarget { get; } =
        new(StatusCodes.Status400BadRequest, "M_UNRECOGNIZED", "The path of this request is not one that Matrix uses");

    /// <summary>The homeserver ended the connection in the middle of an upload, without a word.</summary>
    public static MatrixError UploadBrokenOff { get; } =
        new(StatusCodes.Status413PayloadTooLarge, "M_TOO_LARGE", "The homeserver broke off this upload; most likely it is larger than it accepts");

    /// <summary>The gateway is on its way down, and most likely up again in a moment.</summary>
    public static MatrixError ShuttingDown { get; } =
        new(StatusCodes.Status503ServiceUnavailable, "M_UNKNOWN", "This server is restarting, please try again in a moment", 1);

    /// <summary>No connection to what stands behind the gateway, named by its <paramref name="role"/>, or it broke before an answer.</summary>
    public static MatrixError Unreachable(string role) =>
        new(StatusCodes.Status502BadGateway, "M_UNKNOWN", $"The {role} cannot be reached at the moment, please try again shortly", 5);

    /// <summary>What stands behind the gateway did not answer in time.</summary>
    public static MatrixError TimedOut(string role) =>
        new(StatusCodes.Status504GatewayTimeout, "M_UNKNOWN", $"The {role} took too long to answer, please try again shortly", 10);

    /// <summary>An operator has taken the homeserver away for a while.</summary>
    public static MatrixError Maintenance(string message) =>
        new(StatusCodes.Status503ServiceUnavailable, "M_UNKNOWN", message, 60);

    /// <summary>The endpoint exists, but not for this method; <paramref name="allow"/> lists the methods it knows.</summary>
    public static MatrixError MethodNotAllowed(string allow) =>
        new(StatusCodes.Status405MethodNotAllowed, "M_UNRECOGNIZED", $"This endpoint only understands {allow}", allow: allow);

    /// <summary>The body exceeds <paramref name="limit"/> bytes.</summary>
    public static MatrixError TooLarge(long limit) =>
        new(StatusCodes.Status413PayloadTooLarge, "M_TOO_LARGE", $"This server accepts at most {Readable(limit)}");

    /// <summary>
    /// Too many of them; one after <paramref name="seconds"/> will be heard. Said in the header, and in the body for clients from before
    /// v1.10 (Matrix client-server §Rate limiting).
    /// </summary>
    public static MatrixError LimitExceeded(int seconds)
    {
        seconds = Math.Max(seconds, 1);
        return seconds < TooMany.Length ? TooMany[seconds] ??= New() : New();

        MatrixError New() => new(
            StatusCodes.Status429TooManyRequests, "M_LIMIT_EXCEEDED", "Too many requests, please try again later", seconds, tellsMilliseconds: true);
    }

    /// <summary>A request that cannot be understood, for the reason given.</summary>
    public static MatrixError BadRequest(string message) =>
        new(StatusCodes.Status400BadRequest, "M_UNKNOWN", message);

    public int Status { get; }

    public string ErrorCode { get; }

    public string Message { get; }

    /// <summary>Seconds after which to try again; empty when there is no point in that.</summary>
    public StringValues RetryAfter { get; }

    /// <summary>
    /// Answers with this error. Whatever an unfinished answer has put into the headers is dropped first;
    /// an answer already on its way can only be cut off, so that nobody takes it for complete.
    /// </summary>
    public async Task WriteAsync(HttpContext context)
    {
        var response = context.Response;
        if (response.HasStarted)
        {
            context.Abort();
            return;
        }

        response.Clear();
        response.StatusCode = Status;
        var headers = response.Headers;
        Cors.Apply(headers);
        OwnHeaders.Apply(context);
        headers.ContentType = Json;
        headers.ContentLength = _body.Length;
        headers.CacheControl = NoStore;
        if (RetryAfter.Count > 0)
            headers.RetryAfter = RetryAfter;
        if (_allow.Count > 0)
            headers.Allow = _allow;

        if (!HttpMethods.IsHead(context.Request.Method))
            await response.Body.WriteAsync(_body, context.RequestAborted);
    }

    private static string Readable(long bytes) => bytes switch
    {
        >= 1 << 20 => string.Create(CultureInfo.InvariantCulture, $"{bytes / (double)(1 << 20):0.#} MiB"),
        >= 1 << 10 => string.Create(CultureInfo.InvariantCulture, $"{bytes / (double)(1 << 10):0.#} KiB"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{bytes} bytes"),
    };

    // By seconds: a flood is answered thousands of times with what a few of them say.
    private static readonly MatrixError?[] TooMany = new MatrixError?[128];

    private static readonly StringValues Json = "application/json";
    private static readonly StringValues NoStore = "no-store";
}
