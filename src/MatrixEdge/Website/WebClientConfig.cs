using System.Text.Json;
using System.Text.Json.Nodes;
using MatrixEdge.Configuration;
using MatrixEdge.Delegation;
using MatrixEdge.Protocol;

namespace MatrixEdge.Website;

/// <summary>
/// A client's <c>config.json</c>, in three layers: the file of that name in the directory, if there is one, without what it
/// says of the homeserver, since it often is a copy of the sample that names another; the homeserver of this site; and what the
/// operator wrote into the configuration.
/// </summary>
/// <param name="Below">What the file looked like.</param>
/// <param name="Problem">Why the file was left out; null when it was not.</param>
internal sealed record WebClientConfig(FileLook? Below, WellKnownDocument Document, string? Problem)
{
    // Any of them beside default_server_config would send the client elsewhere, or make it refuse to start.
    private static readonly string[] OtherHomeservers = ["default_server_config", "default_server_name", "default_hs_url", "default_is_url"];

    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false };

    public static WebClientConfig Make(WebClientSettings settings, ServerName serverName, WellKnownDocument client, FileLook? file)
    {
        var (config, problem) = ReadFile(file);
        foreach (var name in OtherHomeservers)
            config.Remove(name);

        var known = JsonNode.Parse(client.Body.Span)!.AsObject();
        var server = new JsonObject
        {
            ["m.homeserver"] = new JsonObject { ["base_url"] = known["m.homeserver"]!["base_url"]!.DeepClone(), ["server_name"] = serverName.ToString() },
        };
        if (known["m.identity_server"] is { } identityServer)
            server["m.identity_server"] = identityServer.DeepClone();
        config["default_server_config"] = server;
        JsonText.Merge(config, settings.Config);
        return new WebClientConfig(file, new WellKnownDocument(config), problem);
    }

    private static (JsonObject Config, string? Problem) ReadFile(FileLook? file)
    {
        // What looks empty could be a pipe, and keep whoever reads it waiting.
        if (file is not { Length: > 0, Path: var path })
            return ([], null);

        try
        {
            return JsonNode.Parse(File.ReadAllBytes(path), null, Strict) is JsonObject config
                ? (config, null)
                : ([], $"{path} is left out: it must hold an object, {{…}}");
        }
        catch (Exception exception) when (exception is JsonException or IOException or UnauthorizedAccessException)
        {
            return ([], $"{path} is left out: {exception.Message}");
        }
    }
}
