using Microsoft.AspNetCore.Http.Features;

namespace MatrixEdge.Protocol;

/// <summary>
/// The request target as it came over the wire, undecoded. All decisions are made on it, and the homeserver gets the same
/// bytes: what Kestrel makes of it (<c>Request.Path</c>: decoded, dot segments resolved) is neither looked at nor sent.
/// X-Matrix signatures cover these bytes (Matrix server-server §Request Authentication).
/// </summary>
internal readonly ref struct RequestTarget
{
    private RequestTarget(ReadOnlySpan<char> path, ReadOnlySpan<char> query)
    {
        Path = path;
        Query = query;
    }

    /// <summary>From the first slash up to the query.</summary>
    public ReadOnlySpan<char> Path { get; }

    /// <summary>With its question mark; empty when there is none.</summary>
    public ReadOnlySpan<char> Query { get; }

    /// <summary>
    /// True when the target consists of what may stand in one: visible ASCII (RFC 9112 §3.2). HTTP/2 lets other bytes through
    /// to here, and written into an HTTP/1.1 request line they would end it early, or be something else altogether.
    /// </summary>
    public static bool IsWellFormed(ReadOnlySpan<char> target) => !target.IsEmpty && !target.ContainsAnyExceptInRange('!', '~');

    public static RequestTarget Of(HttpContext context) => Parse(OriginForm(context));

    /// <summary>
    /// The target in origin-form (RFC 9112 §3.2.1). An absolute-form target, which a client may send to any server (§3.2.2),
    /// loses its scheme and authority; no other byte changes.
    /// </summary>
    public static string OriginForm(HttpContext context)
    {
        var raw = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        if (raw.Length > 0 && raw[0] == '/')
            return raw;

        var scheme = raw.IndexOf("://", StringComparison.Ordinal);
        if (scheme < 0)
            return raw;

        var end = raw.AsSpan(scheme + 3).IndexOfAny('/', '?');
        if (end < 0)
            return "/";

        var rest = raw[(scheme + 3 + end)..];
        return rest[0] == '/' ? rest : "/" + rest;
    }

    public static RequestTarget Parse(ReadOnlySpan<char> target)
    {
        var query = target.IndexOf('?');
        return query < 0 ? new RequestTarget(target, default) : new RequestTarget(target[..query], target[query..]);
    }

    /// <summary>
    /// True when another program could read the path differently than this one does: dot segments (plain, percent-encoded,
    /// or behind encoded separators), an empty segment (<c>//</c>), a backslash, or NUL. No Matrix endpoint needs any of them;
    /// encoded slashes and backslashes as such are common in room aliases and keys and are left alone.
    /// </summary>
    public bool IsAmbiguous()
    {
        var path = Path;

        // Ordinary paths have none of these bytes next to each other; one vectorised look each settles it.
        if (path.Contains('\\') || path.IndexOf("//", StringComparison.Ordinal) >= 0)
            return true;
        if (path.Contains('%') && path.IndexOf("%00", StringComparison.Ordinal) >= 0)
            return true;
        if (path.IndexOf("/.", StringComparison.Ordinal) < 0 && path.IndexOf("%2e", StringComparison.OrdinalIgnoreCase) < 0
            && path.IndexOf("%2f", StringComparison.OrdinalIgnoreCase) < 0 && path.IndexOf("%5c", StringComparison.OrdinalIgnoreCase) < 0)
        {
            return false;
        }

        return HasDotSegment(path);
    }

    private static bool HasDotSegment(ReadOnlySpan<char> path)
    {
        // dots: how many dots the segment so far consists of; -1 once it holds anything else.
        var dots = 0;
        var behindPlainSlash = true;
        for (var i = 0; ; i++)
        {
            var atEnd = i >= path.Length;
            var current = atEnd ? '/' : path[i];
            var isPlain = true;
            if (current == '%' && i + 2 < path.Length)
            {
                var encoded = (path[i + 1], (char)(path[i + 2] | 0x20)) switch
                {
                    ('2', 'e') => '.',
                    ('2', 'f') => '/',
                    ('5', 'c') => '/',
                    _ => '\0',
                };
                if (encoded != '\0')
                {
                    current = encoded;
                    isPlain = false;
                    i += 2;
                }
            }

            switch (current)
            {
                case '/':
                    // ".." climbs behind any separator; a lone "." between encoded ones may be part of somebody's key.
                    if (dots == 2 || (dots == 1 && isPlain && behindPlainSlash))
                        return true;
                    if (atEnd)
                        return false;
                    dots = 0;
                    behindPlainSlash = isPlain;
                    break;
                case '.' when dots is >= 0 and < 2:
                    dots++;
                    break;
                default:
                    dots = -1;
                    break;
            }
        }
    }
}
