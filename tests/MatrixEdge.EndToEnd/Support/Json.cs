using System.Net.Http.Headers;
using System.Text.Json;

namespace MatrixEdge.EndToEnd.Support;

internal static class Json
{
    /// <summary>As one piece of known length.</summary>
    public static ByteArrayContent Content(object value) => new(JsonSerializer.SerializeToUtf8Bytes(value))
    {
        Headers = { ContentType = new MediaTypeHeaderValue("application/json") },
    };
}
