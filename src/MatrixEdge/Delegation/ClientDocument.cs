using System.Collections.Immutable;
using System.Text.Json;
using MatrixEdge.Configuration;
using MatrixEdge.Protocol;

namespace MatrixEdge.Delegation;

/// <summary>What clients make of an answer to <c>/.well-known/matrix/client</c> (Matrix client-server §Well-known URIs).</summary>
/// <param name="BaseUrl">Where the homeserver is; null when the document cannot be used.</param>
/// <param name="Words">What makes it useless, without a final dot; null when nothing does.</param>
/// <param name="Advice">What is wrong beside that, a sentence each without a final dot.</param>
/// <param name="CallServices">The token services of calls (MSC4143).</param>
internal sealed record ClientDocument(Uri? BaseUrl, DocumentFault Fault, string? Words, ImmutableArray<string> Advice, ImmutableArray<Uri> CallServices)
{
    public static ClientDocument Read(int status, ReadOnlySpan<byte> body)
    {
        if (status != 200)
            return status == 404 ? Refuse(DocumentFault.NotFound, "there is none (404)") : Refuse(DocumentFault.Status, $"the answer has the status {status}");
        if (JsonAnswer.FindFault(body, out var document) is { } fault)
            return Refuse(fault.Fault, fault.Words);

        if (!document.TryGetProperty("m.homeserver", out var homeserver))
        {
            return document.TryGetProperty("m.server", out _)
                ? Refuse(DocumentFault.OtherDocument, "it is the document for servers (m.server), and lacks m.homeserver")
                : Refuse(DocumentFault.Missing, "it has no m.homeserver");
        }

        if (homeserver.ValueKind != JsonValueKind.Object)
        {
            var mended = homeserver.ValueKind == JsonValueKind.String ? $"{{\"base_url\": {JsonText.Quote(JsonAnswer.Shorten(homeserver.GetString()!))}}}" : "{\"base_url\": \"https://matrix.example.org\"}";
            return Refuse(DocumentFault.WrongType, $"m.homeserver is {JsonAnswer.Kind(homeserver)} and must be an object, {mended}");
        }

        if (FindBaseUrl(homeserver, "m.homeserver", out var baseUrl) is { } useless)
            return useless;
        if (document.TryGetProperty("m.identity_server", out var identity))
        {
            if (identity.ValueKind != JsonValueKind.Object)
                return Refuse(DocumentFault.WrongType, $"m.identity_server is {JsonAnswer.Kind(identity)} and must be an object with a base_url, or be left out");
            if (FindBaseUrl(identity, "m.identity_server", out _) is { } bad)
                return bad;
        }

        var advice = ImmutableArray.CreateBuilder<string>();
        if (baseUrl!.Scheme != Uri.UriSchemeHttps)
            advice.Add($"base_url is {baseUrl.OriginalString}: browsers refuse plain HTTP, and everybody on the way can read it");
        if (baseUrl.AbsolutePath.Contains("/_matrix", StringComparison.Ordinal))
            return Refuse(DocumentFault.BadValue, $"base_url is {JsonText.Quote(JsonAnswer.Shorten(baseUrl.OriginalString))}: clients add /_matrix themselves, leave it out");
        if (document.TryGetProperty("org.matrix.msc3575.proxy", out _))
            advice.Add("org.matrix.msc3575.proxy is obsolete: clients ask the homeserver itself for sliding sync");
        if (document.TryGetProperty("m.server", out _))
            advice.Add("m.server belongs to the document for servers, where clients do not look");
        return new ClientDocument(baseUrl, DocumentFault.None, null, advice.ToImmutable(), [.. FindCalls(document)]);
    }

    private static ClientDocument? FindBaseUrl(JsonElement parent, string name, out Uri? address)
    {
        address = null;
        if (!parent.TryGetProperty("base_url", out var value))
            return Refuse(DocumentFault.Missing, $"{name} has no base_url");
        if (value.ValueKind != JsonValueKind.String)
            return Refuse(DocumentFault.WrongType, $"{name}.base_url is {JsonAnswer.Kind(value)} and must be a text such as \"https://matrix.example.org\"");
        var text = value.GetString()!;
        return WebAddress.TryParse(text, out address, out var problem)
            ? null
            : Refuse(DocumentFault.BadValue, $"{name}.base_url is {JsonText.Quote(JsonAnswer.Shorten(text))}: {problem}");
    }

    private static IEnumerable<Uri> FindCalls(JsonElement document)
    {
        foreach (var key in (string[])["org.matrix.msc4143.rtc_foci", "org.matrix.msc4143.rtc_transports"])
        {
            if (!document.TryGetProperty(key, out var list) || list.ValueKind != JsonValueKind.Array)
                continue;

            foreach (var item in list.EnumerateArray().Take(4))
            {
                if (item.ValueKind == JsonValueKind.Object && item.TryGetProperty("livekit_service_url", out var url) && url.ValueKind == JsonValueKind.String
                    && Uri.TryCreate(url.GetString(), UriKind.Absolute, out var service) && service.Scheme is "https" or "http")
                    yield return service;
            }
        }
    }

    private static ClientDocument Refuse(DocumentFault fault, string words) => new(null, fault, words, [], []);
}
