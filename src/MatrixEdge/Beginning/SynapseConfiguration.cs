using System.Text.Json.Nodes;
using MatrixEdge.Configuration;

namespace MatrixEdge.Beginning;

/// <summary>Reads Synapse's <c>homeserver.yaml</c>, with the files that are laid over it.</summary>
internal static class SynapseConfiguration
{
    private const string PlainListener =
        "a listener with \"port: 8008\", \"bind_addresses: ['127.0.0.1']\", \"type: http\", \"tls: false\", \"x_forwarded: true\" and \"resources: [{names: [client, federation]}]\"";

    public static Draft Read(FileSection root, Findings findings)
    {
        var draft = new Draft
        {
            Kind = new Known<HomeserverKind>(HomeserverKind.Synapse, "the kind of the file"),
            ServerName = PublicAddress.ServerNameFrom(root.Text("server_name"), findings),
            PublicHost = PublicAddress.HostFrom(root.Text("public_baseurl"), findings),
            EmailAddress = ReadContact(root.Text("admin_contact")),
            Client = ReadClientContent(root, findings),
            CallTransports = CallTransports.Read(root.Section("matrix_rtc"), "transports"),
            Address = ReadListeners(root, findings),
        };

        // Synapse itself can announce nothing but port 443 of the server name.
        if (root.Flag("serve_server_wellknown") is { Value: true } serves)
        {
            draft = draft with { FederationPort = serves.As(443), ServesApex = serves };
            if (draft.ServerName is { } name && draft.PublicHost is { } host && name.Value != host.Value)
                findings.Notes.Add($"{serves.Origin} sends other servers to {name.Value}:443; from now on it is {host.Value}:443, and both lead to the same gateway");
        }

        if (root.Raw("max_upload_size") is { } limit)
            findings.Notes.Add($"max_upload_size ({limit.Place}) stays with the homeserver: the gateway learns the limit from it");
        NoteWorkers(root, findings);
        return ReadAuthentication(draft, root, findings);
    }

    private static Known<string>? ReadContact(Known<string>? contact)
    {
        const string Scheme = "mailto:";
        if (contact is null)
            return null;

        var text = contact.Value.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) ? contact.Value[Scheme.Length..] : contact.Value;
        return text.Contains('@', StringComparison.Ordinal) && !text.Contains(':', StringComparison.Ordinal) ? contact.As(text) : null;
    }

    private static Known<JsonObject>? ReadClientContent(FileSection root, Findings findings)
    {
        const string Key = "extra_well_known_client_content";
        if (!root.Section(Key).IsThere || root.Raw(Key)!.ToJson() is not JsonObject { Count: > 0 } content)
            return null;

        // Synapse does not let these be replaced; the gateway would.
        if (content.Remove("m.homeserver"))
            findings.Notes.Add($"m.homeserver in {root.Origin(Key)} has no effect in Synapse, and is left out");
        return content.Count == 0 ? null : new Known<JsonObject>(content, root.Origin(Key));
    }

    private static Known<string>? ReadListeners(FileSection root, Findings findings)
    {
        var listeners = root.Sections("listeners").Select(entry => SynapseListener.Read(entry.Section, entry.Place)).Where(listener => listener.IsHttp).ToList();
        var clients = listeners.Where(listener => listener.Resources.Contains("client")).ToList();
        var chosen = clients.Where(listener => listener is { Port: not null, IsTls: false })
            .OrderByDescending(listener => listener.Resources.Contains("federation")).FirstOrDefault();

        foreach (var listener in listeners)
        {
            if (listener != chosen && listener.Port is { } port && PublicAddress.GatewayPorts.Contains(port))
                findings.Notes.Add($"{listener.Place}: Synapse itself listens on port {port}, which the gateway needs; take this listener away");
        }

        if (chosen is null)
        {
            if (clients.FirstOrDefault(listener => listener.IsTls) is { } secured)
                findings.Notes.Add($"{secured.Place}: this listener speaks TLS, which the gateway does from now on; add {PlainListener}");
            else if (clients.FirstOrDefault(listener => listener.Socket is not null) is { } socket)
                findings.Notes.Add($"{socket.Place}: this listener is a Unix socket, which this version cannot speak to; add {PlainListener}");
            else
                findings.Notes.Add($"no listener for clients was found; the gateway expects {PlainListener}");
            return null;
        }

        if (!chosen.Resources.Contains("federation"))
        {
            var other = listeners.FirstOrDefault(listener => listener.Resources.Contains("federation"));
            findings.Notes.Add($"{chosen.Place}: this listener serves clients alone{(other is null ? "" : $", and that of line {other.Place.Line} federation")}; the gateway needs both on one: write names: [client, federation]");
        }

        if (!chosen.IsForwarded)
            findings.Notes.Add($"{chosen.ForwardedPlace}: write x_forwarded: true for this listener, else Synapse takes the gateway's address for that of every client");
        var address = PublicAddress.ListenerAddress(chosen.Addresses, chosen.Port!.Value, out var isOpenToAll);
        var origin = $"listeners ({chosen.Place})";
        if (isOpenToAll)
            findings.Notes.Add(PublicAddress.OpenToAll(origin));
        return new Known<string>(address, origin);
    }

    private static void NoteWorkers(FileSection root, Findings findings)
    {
        if (root.Section("instance_map") is { IsThere: true } && root.Raw("instance_map")!.Members.Keys.Any(name => name != "main"))
            findings.Notes.Add($"{root.Origin("instance_map")} names workers; this version passes everything to the main process, so keep what spreads the requests, and give its address as Homeserver:Address");
        if (root.Raw("worker_app") is { } worker)
            findings.Notes.Add($"{worker.Place}: this is a worker's file; what it says of listeners is left out");
    }

    private static Draft ReadAuthentication(Draft draft, FileSection root, Findings findings)
    {
        var service = root.Section("matrix_authentication_service");
        if (service.Flag("enabled") is { Value: true } enabled)
        {
            var endpoint = service.Text("endpoint") ?? enabled.As("http://localhost:8080");
            return Uri.TryCreate(endpoint.Value, UriKind.Absolute, out var address) && address.Scheme is "http" or "https"
                ? draft with { AuthenticationAddress = endpoint.As($"{address.Scheme}://{address.Authority}") }
                : throw new UnreadableFileException($"{endpoint.Origin}: this must be an address such as http://localhost:8080");
        }

        var experimental = root.Section("experimental_features").Section("msc3861");
        if (experimental.Flag("enabled") is not { Value: true } old)
            return draft;

        findings.Notes.Add($"{old.Origin} does not say where the Matrix Authentication Service listens; http://127.0.0.1:8080 is its own default, compare it with AuthenticationService:Address");
        var issuer = PublicAddress.HostFrom(experimental.Text("issuer"), findings);
        return draft with { AuthenticationAddress = old.As("http://127.0.0.1:8080"), AuthenticationHost = issuer?.Value };
    }
}
