using System.Text.Json.Nodes;
using MatrixEdge.Configuration;

namespace MatrixEdge.Beginning;

/// <summary>
/// Reads the TOML of Conduit and of what grew out of it: conduwuit, Continuwuity, Tuwunel. They share their keys, so which of
/// them it is can only be told by the name of the file or its folders.
/// </summary>
internal static class ConduitConfiguration
{
    private static readonly (string Word, HomeserverKind Kind)[] Words =
    [
        ("conduwuit", HomeserverKind.Conduwuit), ("continuwuity", HomeserverKind.Continuwuity), ("tuwunel", HomeserverKind.Tuwunel), ("conduit", HomeserverKind.Conduit),
    ];

    public static Draft Read(FileSection root, IReadOnlyList<string> files, Findings findings)
    {
        var global = root.Section("global");
        var wellKnown = global.Section("well_known");
        var kind = files.Select(FindKind).OfType<Known<HomeserverKind>>().FirstOrDefault();
        var draft = new Draft
        {
            Kind = kind,
            ServerName = PublicAddress.ServerNameFrom(global.Text("server_name"), findings),
            PublicHost = PublicAddress.HostFrom(wellKnown.Text("client"), findings),
            Support = ReadSupport(wellKnown),
            EmailAddress = wellKnown.Text("support_email"),
            CallTransports = CallTransports.Read(wellKnown, "rtc_transports")
                ?? CallTransports.Read(wellKnown, "rtc_focus_server_urls")
                ?? CallTransports.Read(global.Section("matrix_rtc"), "foci"),
            Address = ReadAddress(global, kind?.Value, findings),
        };

        if (global.Raw("max_request_size") is { } limit)
            findings.Notes.Add($"global.max_request_size ({limit.Place}) stays with the homeserver: the gateway learns the limit from it");
        return PublicAddress.WithDelegation(draft, PublicAddress.ServerNameFrom(wellKnown.Text("server"), findings), findings);
    }

    // The file's own name before those of its folders, the nearest first.
    private static Known<HomeserverKind>? FindKind(string file)
    {
        foreach (var name in Path.GetFullPath(file).Split(Path.DirectorySeparatorChar).Reverse())
        {
            foreach (var (word, kind) in Words)
            {
                if (name.Contains(word, StringComparison.OrdinalIgnoreCase))
                    return new Known<HomeserverKind>(kind, $"the name {name}");
            }
        }

        return null;
    }

    private static Known<string>? ReadAddress(FileSection global, HomeserverKind? kind, Findings findings)
    {
        if (global.Section("tls") is { IsThere: true } tls && (tls.Raw("certs") ?? tls.Raw("key")) is { } certificates)
            findings.Notes.Add($"{certificates.Place}: with this the homeserver speaks TLS, which the gateway does from now on; take [global.tls] away");
        if (global.Text("unix_socket_path") is { } socket)
        {
            findings.Notes.Add($"{socket.Origin}: this version cannot speak to a Unix socket; take it away, and write address = \"127.0.0.1\" and port = 8008");
            return null;
        }

        var port = global.Port("port") ?? new Known<int>(kind == HomeserverKind.Conduit ? 8000 : 8008, "the homeserver's default");
        var addresses = global.Texts("address");
        var address = PublicAddress.ListenerAddress(addresses.Count == 0 ? ["127.0.0.1"] : addresses, port.Value, out var isOpenToAll);
        if (isOpenToAll)
            findings.Notes.Add(PublicAddress.OpenToAll(global.Origin("address")));
        return port.As(address);
    }

    private static Known<JsonObject>? ReadSupport(FileSection wellKnown)
    {
        var page = wellKnown.Text("support_page");
        var email = wellKnown.Text("support_email");
        var user = wellKnown.Text("support_mxid");
        if ((page ?? email ?? user) is not { } first)
            return null;

        var document = new JsonObject();
        if ((email ?? user) is not null)
        {
            var contact = new JsonObject { ["role"] = wellKnown.Text("support_role")?.Value ?? "m.role.admin" };
            if (user is not null)
                contact["matrix_id"] = user.Value;
            if (email is not null)
                contact["email_address"] = email.Value;
            document["contacts"] = new JsonArray(contact);
        }

        if (page is not null)
            document["support_page"] = page.Value;
        return first.As(document);
    }
}
