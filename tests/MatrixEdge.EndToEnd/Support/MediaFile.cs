using System.Net.Http.Headers;

namespace MatrixEdge.EndToEnd.Support;

/// <summary>A file that a homeserver keeps, known by its <c>mxc://</c> address.</summary>
internal sealed record MediaFile(string Address)
{
    /// <summary>Where every homeserver offers it to its own users (Matrix client-server §Content repository).</summary>
    public string DownloadTarget => "/_matrix/client/v1/media/download/" + Address["mxc://".Length..];

    public static async Task<MediaFile> UploadAsync(MatrixClient user, byte[] bytes, CancellationToken cancellationToken)
    {
        using var content = new ByteArrayContent(bytes);
        return await UploadAsync(user, content, cancellationToken);
    }

    public static async Task<MediaFile> UploadAsync(MatrixClient user, HttpContent content, CancellationToken cancellationToken)
    {
        content.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        var answer = await user.AskAsync(HttpMethod.Post, "/_matrix/media/v3/upload?filename=picture", content, cancellationToken);
        return new MediaFile(answer.GetProperty("content_uri").GetString()!);
    }
}
