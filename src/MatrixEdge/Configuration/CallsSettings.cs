using System.Text.Json.Nodes;
using MatrixEdge.Protocol;

namespace MatrixEdge.Configuration;

/// <summary>The two back ends of MatrixRTC, by which Element Call works.</summary>
/// <param name="TokenService">lk-jwt-service, which lets users of Matrix into LiveKit.</param>
/// <param name="LiveKit">LiveKit's HTTP and WebSocket listener; its media ports are its own affair.</param>
/// <param name="Host">A host that both have for themselves.</param>
/// <param name="Path">Or a path of the homeserver's host, without a slash at its end, below which they are <c>jwt</c> and <c>sfu</c>.</param>
internal sealed record CallsSettings(Uri TokenService, Uri LiveKit, string? Host, string? Path)
{
    public static CallsSettings? Parse(SettingsSection section, ListenSettings listen)
    {
        if (section.IsAbsent || section.IsMalformed)
            return null;

        var tokens = BackendAddress.Parse(section, "TokenService", "token service (lk-jwt-service)", "http://127.0.0.1:8080", listen);
        var liveKit = BackendAddress.Parse(section, "LiveKit", "LiveKit server", "http://127.0.0.1:7880", listen);
        var host = SiteHost.Parse(section);
        var path = ParsePath(section);
        section.RejectUnknownKeys();

        if (section.Raw("Host") is null == section.Raw("Path") is null)
        {
            section.Problems.Add(section.Path, null,
                "give either Host, a name that calls have for themselves (\"rtc.example.com\"), or Path, a path of the homeserver's host (\"/livekit\")");
            return null;
        }

        return tokens is null || liveKit is null || (host ?? path) is null ? null : new CallsSettings(tokens, liveKit, host, path);
    }

    /// <summary>Tells clients where calls are (MSC4143; widgets without an access token know no other way).</summary>
    public void AddTo(JsonObject clientDocument, Uri baseUrl)
    {
        var address = Host is not null ? $"https://{Host}" : $"{baseUrl.GetLeftPart(UriPartial.Authority)}{Path}/jwt";
        clientDocument["org.matrix.msc4143.rtc_foci"] = new JsonArray(new JsonObject { ["type"] = "livekit", ["livekit_service_url"] = address });
    }

    private static string? ParsePath(SettingsSection section)
    {
        if (section.Text("Path")?.TrimEnd('/') is not { } path)
            return null;

        if (path.Length > 1 && path[0] == '/' && path.All(character => char.IsAsciiLetterOrDigit(character) || character is '/' or '-' or '_' or '.')
            && !RequestTarget.Parse(path).IsAmbiguous() && !path.StartsWith("/_", StringComparison.Ordinal) && !path.StartsWith("/.", StringComparison.Ordinal))
        {
            return path;
        }

        section.Report("Path", "must be a path of letters, digits, '-', '_' and '.', for example \"/livekit\"; those that begin with \"/_\" or \"/.\" are Matrix's");
        return null;
    }
}
