using System.Text.Json.Nodes;
using MatrixEdge.Protocol;

namespace MatrixEdge.Configuration;

/// <summary>
/// What the operator adds to the well-known documents, checked against the specification: a mistake in a document that is
/// served raises no error anywhere, it only sends clients and servers elsewhere.
/// </summary>
/// <param name="Client">Merged into <c>/.well-known/matrix/client</c>.</param>
/// <param name="Server">Merged into <c>/.well-known/matrix/server</c>.</param>
/// <param name="Support">The whole of <c>/.well-known/matrix/support</c>; null where there is none.</param>
/// <param name="CacheFor">How long clients and servers may keep the documents.</param>
internal sealed record WellKnownSettings(JsonObject? Client, JsonObject? Server, JsonObject? Support, TimeSpan CacheFor)
{
    /// <summary>Long enough to spare requests, short enough that a mistake is forgotten the same day.</summary>
    public static readonly TimeSpan DefaultCacheFor = TimeSpan.FromHours(1);

    /// <summary>No additions.</summary>
    public static WellKnownSettings None { get; } = new(null, null, null, DefaultCacheFor);

    // Synapse and gomatrixserverlib stop reading at 50 KiB; the gateway's own part stays far below one.
    private const int LargestDocument = 49 * 1024;

    private static readonly TimeSpan ShortestCache = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan LongestCache = TimeSpan.FromHours(48);

    /// <summary>Checks the additions to the client document, which stand at <paramref name="key"/>.</summary>
    public static JsonObject? CheckClient(JsonNode? additions, string key, Problems problems) =>
        Check(additions, key, problems, ClientDocumentCheck.Run);

    /// <summary>Checks the additions to the server document, which stand at <paramref name="key"/>.</summary>
    public static JsonObject? CheckServer(JsonNode? additions, string key, Problems problems) =>
        Check(additions, key, problems, ServerDocumentCheck.Run);

    /// <summary>Checks the support document, which stands at <paramref name="key"/>.</summary>
    public static JsonObject? CheckSupport(JsonNode? document, string key, Problems problems) =>
        Check(document, key, problems, SupportDocumentCheck.Run);

    /// <summary>Checks the time that the documents may be kept (Matrix server-server §2.1: at most 48 hours).</summary>
    public static TimeSpan CheckCacheFor(TimeSpan? time, string key, Problems problems)
    {
        if (time is not { } cacheFor)
            return DefaultCacheFor;

        if (cacheFor < TimeSpan.FromSeconds(1) || cacheFor > LongestCache)
        {
            problems.Add(key, $"\"{cacheFor:c}\"",
                "give a time up to two days, \"2.00:00:00\"; one day is \"1.00:00:00\", because \"24:00:00\" means 24 days");
            return DefaultCacheFor;
        }

        if (cacheFor < ShortestCache)
            problems.Note($"{key}: Synapse keeps the server document for at least five minutes, whatever is asked for");
        return cacheFor;
    }

    // The copy belongs to the settings: what becomes of the operator's tree no longer matters.
    private static JsonObject? Check(JsonNode? additions, string key, Problems problems, Action<JsonPlace> check)
    {
        if (additions is null)
            return null;

        var place = new JsonPlace(additions, key, problems);
        if (!place.IsObject("must be an object, {…}, with what to add to the document"))
            return null;

        check(place);
        if (JsonText.ToDocument(additions).Length > LargestDocument)
            place.Refuse("make it smaller: other servers stop reading after 50 KiB");
        return (JsonObject)additions.DeepClone();
    }
}
