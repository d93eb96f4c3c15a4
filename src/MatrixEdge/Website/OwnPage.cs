using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using MatrixEdge.Protocol;
using Microsoft.Extensions.Primitives;

namespace MatrixEdge.Website;

/// <summary>
/// A page of the gateway's own, for people with a browser: what is the matter, in plain words, and nothing about what stands
/// behind the gateway. It needs nothing but itself, runs no script, and cannot be framed.
/// </summary>
internal static class OwnPage
{
    /// <summary>
    /// Answers with a page. Whatever an unfinished answer has put into the headers is dropped first; an answer already on its way
    /// can only be cut off, so that nobody takes it for complete.
    /// </summary>
    /// <param name="title">A few words, as text.</param>
    /// <param name="text">A sentence or two, as text.</param>
    /// <param name="header">One more header that the status asks for, such as <c>Allow</c> or <c>Retry-After</c>.</param>
    public static async Task WriteAsync(HttpContext context, int status, string title, string text, (string Name, string Value)? header = null)
    {
        var response = context.Response;
        if (response.HasStarted)
        {
            context.Abort();
            return;
        }

        var body = Encoding.UTF8.GetBytes(Page(status, title, text));
        response.Clear();
        response.StatusCode = status;
        var headers = response.Headers;
        OwnHeaders.Apply(context);
        headers.ContentSecurityPolicy = Policy;
        headers["Referrer-Policy"] = NoReferrer;
        headers.CacheControl = NoStore;
        headers.ContentType = Html;
        headers.ContentLength = body.Length;
        if (header is var (name, value))
            headers[name] = value;

        if (!HttpMethods.IsHead(context.Request.Method))
            await response.Body.WriteAsync(body, context.RequestAborted);
    }

    /// <summary>Says the same as a Matrix error, for people.</summary>
    public static Task WriteAsync(HttpContext context, MatrixError error) => WriteAsync(
        context, error.Status, error.RetryAfter.Count > 0 ? "Please come back in a moment" : "This did not work", error.Message + ".",
        error.RetryAfter.Count > 0 ? ("Retry-After", error.RetryAfter.ToString()) : null);

    private static string Page(int status, string title, string text) => string.Create(CultureInfo.InvariantCulture, $"""
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="robots" content="noindex">
        <title>{HtmlEncoder.Default.Encode(title)}</title>
        <style>{Style}</style>
        </head>
        <body>
        <main>
        <p class="status">{status}</p>
        <h1>{HtmlEncoder.Default.Encode(title)}</h1>
        <p>{HtmlEncoder.Default.Encode(text)}</p>
        </main>
        </body>
        </html>

        """);

    // In light and dark alike, with the system's own colours, so that contrast is the system's, too.
    private const string Style =
        ":root{color-scheme:light dark}"
        + "body{margin:0;min-height:100vh;display:grid;place-items:center;background:Canvas;color:CanvasText;font:1.1rem/1.6 system-ui,sans-serif}"
        + "main{max-width:34rem;padding:2rem}"
        + "h1{margin:0 0 .5rem;font-size:1.7rem;line-height:1.25}"
        + "p{margin:0}"
        + ".status{margin-bottom:.5rem;opacity:.65;font-variant-numeric:tabular-nums;letter-spacing:.08em}";

    private static readonly StringValues Policy =
        $"default-src 'none'; style-src 'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(Style)))}'; "
        + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    private static readonly StringValues NoReferrer = "no-referrer";
    private static readonly StringValues NoStore = "no-store";
    private static readonly StringValues Html = "text/html; charset=utf-8";
}
