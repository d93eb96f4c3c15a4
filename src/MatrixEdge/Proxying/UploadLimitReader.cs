using System.Net;
using Microsoft.AspNetCore.Http.Features;

namespace MatrixEdge.Proxying;

/// <summary>
/// Reads the homeserver's upload limit out of its answer to a client's <c>GET …/media/config</c>. The one answer that is
/// held whole on its way: some forty bytes, which Synapse sends without their length.
/// </summary>
internal static class UploadLimitReader
{
    private const int LargestAnswer = 64 * 1024;

    public static bool IsOffered(HttpContext context, HttpResponseMessage response) =>
        response.StatusCode == HttpStatusCode.OK
        && HttpMethods.IsGet(context.Request.Method)
        && context.Features.GetRequiredFeature<Exchange>().Operation.Template.EndsWith("/config", StringComparison.Ordinal)
        && response.Content.Headers.ContentLength is null or <= LargestAnswer
        && response.Content.Headers.ContentEncoding.Count == 0;

    public static async Task ReadAsync(HttpContext context, HttpResponseMessage response, Homeserver homeserver, CancellationToken stop)
    {
        await response.Content.LoadIntoBufferAsync(LargestAnswer, stop);
        var body = await response.Content.ReadAsByteArrayAsync(stop);
        if (HomeserverProbe.ReadUploadSize(body) is { } size)
            homeserver.UploadLimit.Learn(size, context.Request.Headers.Authorization, context.RequestServices.GetRequiredService<TimeProvider>());
    }
}
