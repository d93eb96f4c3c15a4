using MatrixEdge.Configuration;
using MatrixEdge.Delegation;
using MatrixEdge.Protocol;
using Microsoft.Extensions.Primitives;

namespace MatrixEdge.Website;

/// <summary>
/// A Matrix client for browsers, such as Element Web: the files of its directory as they are, and a <c>config.json</c> that
/// leads to this site, also under the name that Element Web asks for first, <c>config.HOST.json</c>. What names the files of a
/// version is asked for each time, so that an update is seen at once; what has its own hash in its path is kept for good.
/// </summary>
/// <param name="client">The site's well-known document for clients.</param>
internal sealed class WebClientFiles(WebClientSettings settings, ServerName serverName, WellKnownDocument client, TimeProvider time) : IWebsite
{
    private const string CommonName = "config.json";

    private readonly DirectoryFiles files = new(settings.Directory, new FileManners(CacheControl, IsSinglePage: true, AddHeaders), time);
    private readonly string ownName = $"config.{settings.Host.Host.ToLowerInvariant()}.json";
    private volatile WebClientConfig? config;

    public Task AnswerAsync(HttpContext context)
    {
        if (!WebPath.TryRead(RequestTarget.Of(context).Path, out var path) || path.IsFolder || (path.Relative != CommonName && path.Relative != ownName))
            return files.AnswerAsync(context);

        return HttpMethods.IsGet(context.Request.Method) || HttpMethods.IsHead(context.Request.Method)
            ? SendConfigAsync(context)
            : DirectoryFiles.MethodNotAllowedAsync(context);
    }

    private Task SendConfigAsync(HttpContext context)
    {
        var document = CurrentConfig(context);
        OwnHeaders.Apply(context);
        var headers = context.Response.Headers;
        AddHeaders(headers);
        headers.CacheControl = FileManners.NoCache;
        return document.SendAsync(context);
    }

    // Made anew when the file below it has changed.
    private WellKnownDocument CurrentConfig(HttpContext context)
    {
        var look = files.Find(ownName) ?? files.Find(CommonName);
        var current = config;
        if (current is null || current.Below != look)
            config = current = WebClientConfig.Make(settings, serverName, client, look);
        DirectoryFiles.Explain(context, current.Problem);
        return current.Document;
    }

    private static StringValues CacheControl(string name, string type)
    {
        if (name.StartsWith("bundles/", StringComparison.Ordinal))
            return ForGood;

        return MediaTypes.IsHtml(type) || name is "version" or "sw.js" || name.StartsWith("i18n/", StringComparison.Ordinal)
            || (name.StartsWith("config", StringComparison.Ordinal) && name.EndsWith(".json", StringComparison.Ordinal))
            ? FileManners.NoCache
            : FileManners.AnHour;
    }

    private static void AddHeaders(IHeaderDictionary headers)
    {
        headers.ContentSecurityPolicy = FramedByItself;
        headers.XFrameOptions = SameOrigin;
    }

    private static readonly StringValues ForGood = "public, max-age=31536000, immutable";
    private static readonly StringValues FramedByItself = "frame-ancestors 'self'";
    private static readonly StringValues SameOrigin = "SAMEORIGIN";
}
