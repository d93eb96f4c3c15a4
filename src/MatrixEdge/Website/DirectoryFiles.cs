using System.Buffers;
using System.Globalization;
using MatrixEdge.Configuration;
using MatrixEdge.Protocol;
using MatrixEdge.Proxying;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace MatrixEdge.Website;

/// <summary>
/// A website of files: those of one directory, as they are now, and nothing that is hidden there or lies outside, by links or
/// otherwise. Folders show their <c>index.html</c>; what is missing is <c>404.html</c>, if there is one. A file may lie there
/// compressed beside itself, which is sent to who understands it unless it is older than the file.
/// </summary>
/// <param name="directory">Absolute. A link is followed anew for each request, so that a new version can be put in its place at once.</param>
internal sealed class DirectoryFiles(string directory, FileManners manners, TimeProvider time) : IWebsite
{
    private const int BufferSize = 64 * 1024;

    private readonly OpenFiles files = new();

    /// <summary>How many files are open now.</summary>
    public int OpenCount => files.Count;

    public Task AnswerAsync(HttpContext context)
    {
        if (!HttpMethods.IsGet(context.Request.Method) && !HttpMethods.IsHead(context.Request.Method))
            return MethodNotAllowedAsync(context);

        // Whatever can go wrong with files goes wrong in here; what is awaited later is the client alone.
        try
        {
            var target = RequestTarget.Of(context);
            if (!WebPath.TryRead(target.Path, out var path))
                return AnswerMissingAsync(context);

            var acceptEncoding = context.Request.Headers.AcceptEncoding;
            var name = path.IsFolder || path.Relative.Length == 0 ? $"{path.Relative}/index.html".TrimStart('/') : path.Relative;
            if (Open(name, acceptEncoding) is { } file)
                return SendAsync(context, file);
            if (!path.IsFolder && Find($"{name}/index.html") is not null)
                return RedirectAsync(context, $"{target.Path}/{target.Query}");
            return manners.IsSinglePage && IsPage(path, context.Request.Headers.Accept) && Open("index.html", acceptEncoding) is { } page
                ? SendAsync(context, page)
                : AnswerMissingAsync(context);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            Explain(context, exception.Message);
            return OwnPage.WriteAsync(
                context, StatusCodes.Status500InternalServerError, "This page cannot be shown",
                "Something is wrong with it on the server. Please try again later.");
        }
    }

    /// <summary>What a file of the directory looks like now; null when there is none, or it leads outside.</summary>
    /// <param name="name">Below the directory, with slashes between.</param>
    public FileLook? Find(string name) =>
        RealPath.Of(directory) is { } root && RealPath.Of(root, name) is { } path && RealPath.IsWithin(path, root) ? OpenFiles.Look(path) : null;

    public static Task MethodNotAllowedAsync(HttpContext context) =>
        OwnPage.WriteAsync(
            context, StatusCodes.Status405MethodNotAllowed, "This is not possible here", "This address can be read, and nothing else.",
            (HeaderNames.Allow, "GET, HEAD"));

    private FileToSend? Open(string name, StringValues acceptEncoding)
    {
        if (Find(name) is not { } original)
            return null;

        Dictionary<ContentEncoding, FileLook>? variants = null;
        foreach (var encoding in IsCompressed(name) ? [] : ContentEncoding.All)
        {
            // Empty is what compressing leaves behind that was broken off.
            if (Find(name + encoding.Extension) is { Length: > 0 } variant && variant.Modified >= original.Modified)
                (variants ??= [])[encoding] = variant;
        }

        if (variants is not null && ContentEncoding.Choose(variants.Keys, acceptEncoding) is { } chosen && files.Open(variants[chosen].Path) is { } compressed)
            return new FileToSend(name, compressed, chosen.Name, HasVariants: true);
        return files.Open(original.Path) is { } file ? new FileToSend(name, file, null, variants is not null) : null;
    }

    private static bool IsCompressed(string name) => ContentEncoding.All.Any(encoding => name.EndsWith(encoding.Extension, StringComparison.Ordinal));

    private async Task SendAsync(HttpContext context, FileToSend file)
    {
        try
        {
            var isGet = HttpMethods.IsGet(context.Request.Method);
            var representation = new Representation(file.Content.Length, file.Content.Modified, file.Encoding, time.GetUtcNow());
            var selection = representation.Select(isGet, context.Request.Headers);
            if (selection.Status == StatusCodes.Status412PreconditionFailed)
            {
                await OwnPage.WriteAsync(context, selection.Status, "This has changed", "It is not the version any more that your program asked for.");
                return;
            }

            if (selection.Status == StatusCodes.Status416RangeNotSatisfiable)
            {
                await OwnPage.WriteAsync(
                    context, selection.Status, "There is no such part", "Your program asked for a part behind the end of this file.",
                    (HeaderNames.ContentRange, string.Create(CultureInfo.InvariantCulture, $"bytes */{file.Content.Length}")));
                return;
            }

            var type = MediaTypes.Of(file.Name);
            var headers = Begin(context, selection.Status);
            headers.ETag = representation.EntityTag.ToString();
            headers.LastModified = HeaderUtilities.FormatDate(representation.LastModified);
            headers.CacheControl = manners.CacheControl(file.Name, type);
            if (file.HasVariants)
                headers.Vary = HeaderNames.AcceptEncoding;
            if (selection.Status == StatusCodes.Status304NotModified)
                return;

            headers.AcceptRanges = "bytes";
            if (selection.Status == StatusCodes.Status206PartialContent)
                headers.ContentRange = string.Create(CultureInfo.InvariantCulture, $"bytes {selection.From}-{selection.From + selection.Length - 1}/{file.Content.Length}");
            Describe(headers, type, file.Encoding, selection.Length);
            if (isGet)
                await CopyAsync(context, file.Content, selection.From, selection.Length);
        }
        finally
        {
            file.Content.Close();
        }
    }

    // Without conditions and ranges: those are for what was asked for, and that is not there.
    private Task AnswerMissingAsync(HttpContext context) =>
        Open("404.html", context.Request.Headers.AcceptEncoding) is { } page
            ? SendMissingAsync(context, page)
            : OwnPage.WriteAsync(
                context, StatusCodes.Status404NotFound, "There is nothing here",
                "No page of this site has this address. It may have moved, or the address may have a mistake in it.");

    private async Task SendMissingAsync(HttpContext context, FileToSend page)
    {
        try
        {
            var headers = Begin(context, StatusCodes.Status404NotFound);
            headers.CacheControl = FileManners.NoCache;
            if (page.HasVariants)
                headers.Vary = HeaderNames.AcceptEncoding;
            Describe(headers, MediaTypes.Of(page.Name), page.Encoding, page.Content.Length);
            if (HttpMethods.IsGet(context.Request.Method))
                await CopyAsync(context, page.Content, 0, page.Content.Length);
        }
        finally
        {
            page.Content.Close();
        }
    }

    private Task RedirectAsync(HttpContext context, string location)
    {
        var headers = Begin(context, StatusCodes.Status301MovedPermanently);
        headers.Location = location;
        headers.CacheControl = FileManners.NoCache; // a folder may become a file again
        headers.ContentLength = 0;
        return Task.CompletedTask;
    }

    private IHeaderDictionary Begin(HttpContext context, int status)
    {
        context.Response.StatusCode = status;
        OwnHeaders.Apply(context);
        manners.AddHeaders?.Invoke(context.Response.Headers);
        return context.Response.Headers;
    }

    private static void Describe(IHeaderDictionary headers, string type, string? encoding, long length)
    {
        headers.ContentType = type;
        headers.ContentLength = length;
        if (encoding is not null)
            headers.ContentEncoding = encoding;
    }

    private static async Task CopyAsync(HttpContext context, OpenFile file, long from, long length)
    {
        var buffer = ArrayPool<byte>.Shared.Rent((int)Math.Min(BufferSize, length));
        try
        {
            while (length > 0)
            {
                int read;
                try
                {
                    read = await file.ReadAsync(buffer.AsMemory(0, (int)Math.Min(buffer.Length, length)), from, context.RequestAborted);
                }
                catch (IOException exception)
                {
                    Explain(context, exception.Message);
                    read = 0;
                }

                if (read == 0)
                {
                    // Cut short meanwhile: nobody may take what was sent for the whole.
                    context.Abort();
                    return;
                }

                await context.Response.Body.WriteAsync(buffer.AsMemory(0, read), context.RequestAborted);
                from += read;
                length -= read;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    // A page, not a script or a picture: the client would take index.html for one that is broken.
    private static bool IsPage(WebPath path, StringValues accept) =>
        !path.Relative.StartsWith(".well-known", StringComparison.Ordinal)
        && !path.Relative[(path.Relative.LastIndexOf('/') + 1)..].Contains('.', StringComparison.Ordinal)
        && accept.ToString().Contains("text/html", StringComparison.OrdinalIgnoreCase);

    /// <summary>Lets the access log say why; null for nothing.</summary>
    public static void Explain(HttpContext context, string? reason)
    {
        if (reason is not null && context.Features.Get<Exchange>() is { } exchange)
            exchange.Reason = reason;
    }

    /// <param name="Name">Below the directory, as it was asked for.</param>
    /// <param name="HasVariants">Whether another client might get it in another encoding.</param>
    private sealed record FileToSend(string Name, OpenFile Content, string? Encoding, bool HasVariants);
}
