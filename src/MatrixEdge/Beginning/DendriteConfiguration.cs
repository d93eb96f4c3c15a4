using MatrixEdge.Configuration;

namespace MatrixEdge.Beginning;

/// <summary>Reads Dendrite's <c>dendrite.yaml</c>.</summary>
internal static class DendriteConfiguration
{
    public static Draft Read(FileSection root, Findings findings)
    {
        var global = root.Section("global");
        var draft = new Draft
        {
            Kind = new Known<HomeserverKind>(HomeserverKind.Dendrite, "the kind of the file"),
            ServerName = PublicAddress.ServerNameFrom(global.Text("server_name"), findings),
            PublicHost = PublicAddress.HostFrom(global.Text("well_known_client_name"), findings),
            // The file does not say: it is an argument of the program.
            Address = new Known<string>("http://127.0.0.1:8008", "Dendrite's default"),
        };
        draft = PublicAddress.WithDelegation(draft, PublicAddress.ServerNameFrom(global.Text("well_known_server_name"), findings), findings);
        findings.Notes.Add("Dendrite's address is an argument of the program, -http-bind-address, and port 8008 where none is given: compare it with Homeserver:Address");

        if (global.Text("well_known_sliding_sync_proxy") is { } proxy)
            findings.Notes.Add($"{proxy.Origin} is left out: clients of today ask the homeserver itself for sliding sync");
        if (root.Section("sync_api") is { IsThere: true } sync && sync.Text("real_ip_header") is { } header && !header.Value.Equals("X-Real-IP", StringComparison.OrdinalIgnoreCase))
            findings.Notes.Add($"{header.Origin}: write X-Real-IP, which the gateway sends");
        else if (root.Section("sync_api").Raw("real_ip_header") is null)
            findings.Notes.Add("sync_api.real_ip_header: write X-Real-IP, which the gateway sends, else Dendrite takes the gateway's address for that of every client");
        if (root.Section("media_api").Raw("max_file_size_bytes") is { } limit)
            findings.Notes.Add($"media_api.max_file_size_bytes ({limit.Place}) stays with the homeserver: the gateway learns the limit from it");
        return draft;
    }
}
