using Microsoft.Extensions.Primitives;

namespace MatrixEdge.Protocol;

/// <summary>
/// What the gateway adds to each answer of its own, and never to what a homeserver or a website behind it says. Laid among a
/// request's features when it came over TLS to a host of ours; without it there is no word of TLS (RFC 6797 §7.2).
/// </summary>
/// <param name="strictTransportSecurity">How long browsers are to come by HTTPS alone; null to leave that unsaid.</param>
internal sealed class OwnHeaders(TimeSpan? strictTransportSecurity)
{
    private readonly StringValues strictTransportSecurity = strictTransportSecurity is { } time ? $"max-age={(long)time.TotalSeconds}" : default(StringValues);

    /// <summary>To be called before the answer starts, and after anything that clears its headers.</summary>
    public static void Apply(HttpContext context)
    {
        var headers = context.Response.Headers;
        headers.XContentTypeOptions = NoSniff;
        if (context.Features.Get<OwnHeaders>() is { strictTransportSecurity.Count: > 0 } own)
            headers.StrictTransportSecurity = own.strictTransportSecurity;
    }

    private static readonly StringValues NoSniff = "nosniff";
}
