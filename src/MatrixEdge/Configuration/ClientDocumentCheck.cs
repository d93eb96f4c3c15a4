using System.Text.Json.Nodes;
using MatrixEdge.Protocol;

namespace MatrixEdge.Configuration;

/// <summary>
/// What may stand in <c>/.well-known/matrix/client</c> (Matrix client-server §Well-known URIs). Clients that read it into
/// typed classes refuse the whole document for one value of the wrong type.
/// </summary>
internal static class ClientDocumentCheck
{
    private const string BaseUrlExample = "{\"base_url\": \"https://matrix.example.com\"}";
    private const string TransportExample = "{\"type\": \"livekit\", \"livekit_service_url\": \"https://rtc.example.com\"}";

    public static void Run(JsonPlace document)
    {
        foreach (var (name, place) in document.Members)
            CheckMember(name, place);
    }

    private static void CheckMember(string name, JsonPlace place)
    {
        switch (name)
        {
            case "m.homeserver":
                CheckHomeserver(place);
                break;
            case "m.identity_server":
                CheckIdentityServer(place);
                break;
            case "m.server":
                place.Refuse("belongs to the server document, move it to WellKnown:Server");
                break;
            case "org.matrix.msc2965.authentication":
                CheckAuthentication(place);
                break;
            case "org.matrix.msc3575.proxy":
                place.Note("is obsolete, Element X asks the homeserver itself for sliding sync");
                break;
            case "org.matrix.msc4143.rtc_foci" or "org.matrix.msc4143.rtc_transports":
                CheckTransports(place);
                break;
            case "m.tile_server" or "m.integrations":
                break;
            case not null when !IsNamespaced(name):
                place.Refuse("must be named like a Java package, for example \"com.example.setting\"");
                break;
            case not null when name.StartsWith("m.", StringComparison.Ordinal):
                place.Note("is not a name that Matrix defines, check its spelling");
                break;
        }
    }

    // The gateway fills in the base_url, so it may be left out here.
    private static void CheckHomeserver(JsonPlace place)
    {
        if (!place.IsObject($"must be an object, {Suggest(place)}"))
            return;

        if (!place.TryFind("base_url", out var baseUrl) || CheckBaseUrl(baseUrl) is not { } address)
            return;

        if (address.AbsolutePath.Contains("/_matrix", StringComparison.Ordinal))
            baseUrl.Refuse("leave out \"/_matrix\" and what follows, clients add it themselves");
    }

    private static void CheckIdentityServer(JsonPlace place)
    {
        if (place.IsObject($"must be an object, {Suggest(place)}")
            && place.Require("base_url", "is required within m.identity_server: clients refuse the document without it", out var baseUrl))
        {
            CheckBaseUrl(baseUrl);
        }
    }

    private static Uri? CheckBaseUrl(JsonPlace place)
    {
        if (!place.IsText("must be a text, for example \"https://matrix.example.com\"", out var text))
            return null;

        if (!WebAddress.TryParse(text, out var address, out var problem))
            place.Refuse(problem);
        else if (text.AsSpan().ContainsAny('?', '#'))
            place.Refuse("leave out what follows \"?\" or \"#\": clients append paths to this address");
        else
            return address;

        return null;
    }

    private static void CheckAuthentication(JsonPlace place)
    {
        if (place.IsObject("must be an object, {\"issuer\": \"https://auth.example.com/\"}")
            && place.Require("issuer", "is required: give the address of the authentication service", out var issuer))
        {
            issuer.IsText("must be a text, for example \"https://auth.example.com/\"", out _);
        }
    }

    private static void CheckTransports(JsonPlace place)
    {
        if (!place.IsArray($"must be a list, [{TransportExample}]"))
            return;

        foreach (var item in place.Items)
            CheckTransport(item);
    }

    private static void CheckTransport(JsonPlace place)
    {
        if (!place.IsObject($"must be an object, {TransportExample}")
            || !place.Require("type", "is required, for example \"livekit\"", out var type)
            || !type.IsText("must be a text, for example \"livekit\"", out var kind)
            || kind != "livekit"
            || !place.Require("livekit_service_url", "is required for livekit, for example \"https://rtc.example.com\"", out var url)
            || !url.IsText("must be a text, for example \"https://rtc.example.com\"", out var text))
        {
            return;
        }

        if (!WebAddress.TryParse(text, out var address, out var problem))
            url.Refuse(problem);
        else if (address.Scheme != Uri.UriSchemeHttps)
            url.Refuse("must start with https://, browsers allow calls from nowhere else");
    }

    // "m.homeserver": "https://…" is the mistake that is made most: show it mended.
    private static string Suggest(JsonPlace place) =>
        place.Node is JsonValue value && value.TryGetValue<string>(out var text)
        && WebAddress.TryParse(text, out _, out _)
            ? $"{{\"base_url\": {JsonText.Quote(text)}}}"
            : BaseUrlExample;

    private static bool IsNamespaced(string name) =>
        name.Split('.') is { Length: > 1 } parts && parts.All(part => part.Length > 0 && !part.Any(char.IsWhiteSpace));
}
