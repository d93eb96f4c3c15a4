using System.Text.Json.Nodes;

namespace MatrixEdge.Beginning;

/// <summary>Where calls go (MSC4143), as the homeservers announce it under different keys.</summary>
internal static class CallTransports
{
    /// <summary>The transports by LiveKit; null where there are none.</summary>
    public static Known<JsonArray>? Read(FileSection section, string name)
    {
        var transports = new JsonArray();
        foreach (var (transport, _) in section.Sections(name))
        {
            if (transport.Text("type") is { Value: "livekit" } && transport.Text("livekit_service_url") is { } address)
                transports.Add((JsonNode)new JsonObject { ["type"] = "livekit", ["livekit_service_url"] = address.Value });
        }

        return transports.Count == 0 ? null : new Known<JsonArray>(transports, section.Origin(name));
    }
}
