using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using MatrixEdge.Protocol;

namespace MatrixEdge.Observability;

/// <summary>What the admin listener says is JSON; what is wrong is <c>{ "error": "…" }</c>, a sentence for the operator.</summary>
internal static class AdminAnswer
{
    /// <summary>How requests and answers are written; unknown members of a request are mistakes.</summary>
    public static JsonSerializerOptions Json { get; } = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, // read by programs and terminals, never as part of a page
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase, allowIntegerValues: false), new AddressConverter() },
    };

    public static Task WriteAsync(HttpContext context, int status, object answer) =>
        WriteAsync(context, status, "application/json", JsonRecord.WriteBytes(answer, Json));

    public static Task RefuseAsync(HttpContext context, int status, string error) => WriteAsync(context, status, new { error });

    public static Task WriteAsync(HttpContext context, int status, string contentType, byte[] body)
    {
        var response = context.Response;
        response.StatusCode = status;
        response.ContentType = contentType;
        response.ContentLength = body.Length;
        response.Headers.CacheControl = "no-store";
        response.Headers.XContentTypeOptions = "nosniff";
        return HttpMethods.IsHead(context.Request.Method) ? Task.CompletedTask : response.Body.WriteAsync(body, context.RequestAborted).AsTask();
    }
}
