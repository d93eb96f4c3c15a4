using System.Globalization;
using System.Net.Http.Headers;
using MatrixEdge.Doctor.Gathering;
using MatrixEdge.Doctor.Looking;
using MatrixEdge.Observability;

namespace MatrixEdge.Doctor.Checks;

/// <summary>How long other servers remember the document: what Synapse makes of its headers.</summary>
internal sealed class ServerDocumentCacheCheck() : Check("server-document-cache", "How long the document is remembered", Piece.Delegation)
{
    // Synapse, well_known_resolver.py.
    private static readonly TimeSpan Usual = TimeSpan.FromHours(24);
    private static readonly TimeSpan Shortest = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan Longest = TimeSpan.FromHours(48);

    public override Finding Examine(Facts facts)
    {
        if (facts.Delegation.Documents.FirstOrDefault(look => look.Counts)?.Visit.Last is not { } look)
            return Skip("there is no document");

        var header = look.Header("Cache-Control");
        var evidence = new[] { $"Cache-Control: {Delegation.JsonAnswer.Shorten(header ?? "(none)")}" };
        if (CacheControlHeaderValue.TryParse(header, out var control) && control.NoStore)
        {
            return Warn(
                "other servers may not remember the document (no-store): each of them asks for it again and again, and loses the way when it is gone for a moment",
                "A header meant for the web site's pages is sent with the document",
                "Send Cache-Control: max-age=3600 with it",
                evidence);
        }

        var announced = control?.MaxAge ?? Expires(look, facts.Now) ?? Usual;
        var kept = announced < Shortest ? Shortest : announced > Longest ? Longest : announced;
        return Ok(
            $"other servers remember it for {Words(kept)}{(control?.MaxAge is null && look.Header("Expires") is null ? ", since it does not say for how long" : announced == kept ? "" : $", whatever it says ({Words(announced)})")}",
            evidence);
    }

    private static TimeSpan? Expires(HttpLook look, DateTimeOffset now) =>
        DateTimeOffset.TryParse(look.Header("Expires"), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at) ? at - now : null;

    private static string Words(TimeSpan time) =>
        time.TotalHours >= 1 ? string.Create(CultureInfo.InvariantCulture, $"{time.TotalHours:0.#} h") : string.Create(CultureInfo.InvariantCulture, $"{Math.Max(0, time.TotalMinutes):0.#} min");
}
