using Microsoft.AspNetCore.StaticFiles;

namespace MatrixEdge.Website;

/// <summary>What a file is, by its name. Browsers are told not to guess, so what is not known is bytes and nothing more.</summary>
internal static class MediaTypes
{
    private static readonly FileExtensionContentTypeProvider Known = new()
    {
        Mappings =
        {
            [".avif"] = "image/avif",
            [".jsonld"] = "application/ld+json",
            [".map"] = "application/json",
            [".md"] = "text/markdown",
            [".mjs"] = "text/javascript",
            [".webmanifest"] = "application/manifest+json",
        },
    };

    /// <summary>The value of <c>Content-Type</c>. Text is UTF-8; XML says itself what it is.</summary>
    public static string Of(string name) =>
        !Known.TryGetContentType(name, out var type) ? "application/octet-stream"
        : type.StartsWith("text/", StringComparison.Ordinal) && type != "text/xml" ? type + "; charset=utf-8"
        : type;

    public static bool IsHtml(string type) => type.StartsWith("text/html", StringComparison.Ordinal);
}
