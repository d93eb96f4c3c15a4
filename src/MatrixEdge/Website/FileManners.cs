using Microsoft.Extensions.Primitives;

namespace MatrixEdge.Website;

/// <summary>In what one directory is served differently from another.</summary>
/// <param name="CacheControl">For how long clients may keep a file, by its path below the directory and its media type.</param>
/// <param name="IsSinglePage">Whether <c>index.html</c> shows whatever a browser asks for and is not there, as programs that draw their own pages want it.</param>
/// <param name="AddHeaders">What goes with every file.</param>
internal sealed record FileManners(
    Func<string, string, StringValues> CacheControl, bool IsSinglePage = false, Action<IHeaderDictionary>? AddHeaders = null)
{
    /// <summary>To be asked for each time, and sent only if it has changed.</summary>
    public static readonly StringValues NoCache = "no-cache";

    /// <summary>Long enough to spare requests, short enough that a change is seen the same day.</summary>
    public static readonly StringValues AnHour = "public, max-age=3600";

    /// <summary>
    /// Of any website: pages are asked for each time. Not even names that look as if they held a hash are kept for longer, since
    /// <c>report.20240101.pdf</c> looks the same and may change.
    /// </summary>
    public static FileManners OfWebsite { get; } = new((_, type) => MediaTypes.IsHtml(type) ? NoCache : AnHour);
}
