using System.Text.Json.Nodes;

namespace MatrixEdge.Configuration;

/// <summary>Matrix Authentication Service beside the homeserver.</summary>
/// <param name="Address">Its HTTP listener.</param>
/// <param name="Host">Its own public host, which it has as a whole; null when another server has that.</param>
internal sealed record AuthenticationServiceSettings(Uri Address, string? Host)
{
    public static AuthenticationServiceSettings? Parse(SettingsSection section, ListenSettings listen)
    {
        if (section.IsAbsent || section.IsMalformed)
            return null;

        var address = BackendAddress.Parse(section, "Address", "authentication service", "http://127.0.0.1:8080", listen);
        var host = SiteHost.Parse(section);
        section.RejectUnknownKeys();
        return address is null ? null : new AuthenticationServiceSettings(address, host);
    }

    /// <summary>What clients that know no <c>auth_metadata</c> yet read from the client document (MSC2965).</summary>
    public void AddTo(JsonObject clientDocument)
    {
        if (Host is not null)
            clientDocument["org.matrix.msc2965.authentication"] = new JsonObject { ["issuer"] = $"https://{Host}/", ["account"] = $"https://{Host}/account/" };
    }
}
