using System.Text.Json.Nodes;
using MatrixEdge.Protocol;

namespace MatrixEdge.Configuration;

/// <summary>A Matrix client for browsers, such as Element Web, on a host of its own.</summary>
/// <param name="Host">Its host, without a port; belongs to the site and its certificate.</param>
/// <param name="Directory">Where its files are; absolute, exists.</param>
/// <param name="Config">Merged over the <c>config.json</c> that the gateway makes; null for nothing.</param>
internal sealed record WebClientSettings(ServerName Host, string Directory, JsonObject? Config)
{
    /// <summary>Reads <c>Sites[]:WebClient</c>; null when nothing is written there or nothing of use (told).</summary>
    /// <param name="serverName">The site's; null when it is not known.</param>
    /// <param name="publicHost">The site's; null when it is not known.</param>
    public static WebClientSettings? Parse(SettingsSection section, ConfigurationDocument document, ServerName? serverName, ServerName? publicHost)
    {
        if (section.IsAbsent || section.IsMalformed)
            return null;

        var before = section.Problems.Found.Count;
        var host = ParseHost(section, serverName, publicHost);
        var directory = ServedDirectory.Parse(section, "Directory", document);
        var config = ParseConfig(section);
        section.RejectUnknownKeys();
        if (directory is not null && !File.Exists(Path.Combine(directory, "index.html")))
            section.Problems.Note($"{section.Key("Directory")}: there is no index.html in {directory}; is it the folder of the unpacked client?");
        if (directory is not null && File.Exists(Path.Combine(directory, "config.json")))
            section.Problems.Note($"{section.Key("Directory")}: config.json in {directory} is taken up, but for the homeserver that it names; Config wins over it");

        return host is null || directory is null || section.Problems.Found.Count > before ? null : new WebClientSettings(host, directory, config);
    }

    private static ServerName? ParseHost(SettingsSection section, ServerName? serverName, ServerName? publicHost)
    {
        const string Name = "Host";
        if (section.Raw(Name) is null)
        {
            section.Problems.Add(section.Key(Name), null, "name the host of the client alone, for example \"app.example.com\"");
            return null;
        }

        if (section.Text(Name) is not { } text)
            return null;

        if (!ServerName.TryParse(text, out var host, out var problem))
            section.Report(Name, problem);
        else if (host.Port is not null)
            section.Report(Name, $"leave out the port, it is that of the listeners: \"{host.Host}\"");
        else if (new[] { serverName, publicHost }.Any(other => other?.Host.Equals(host.Host, StringComparison.OrdinalIgnoreCase) == true))
            section.Report(Name, "give the client a host of its own: what users upload is served there, and must not share an origin with the client, whose keys it could read");
        else
            return host;

        return null;
    }

    private static JsonObject? ParseConfig(SettingsSection section)
    {
        const string Name = "Config";
        if (section.Raw(Name) is not { } written)
            return null;

        // The client's own keys are case-sensitive, unlike configuration's.
        var place = new JsonPlace(JsonNode.Parse(written.ToJsonString()), section.Key(Name), section.Problems);
        if (!place.IsObject("must be an object, {…}, with what to add to config.json"))
            return null;

        if (place.TryFind("default_server_config", out var server) && server.IsObject("must be an object, like the client's well-known document"))
            ClientDocumentCheck.Run(server);
        if (place.TryFind("default_hs_url", out var address))
            address.Refuse("clients refuse it beside default_server_config, which the gateway fills in; remove it");
        return (JsonObject)place.Node!;
    }
}
