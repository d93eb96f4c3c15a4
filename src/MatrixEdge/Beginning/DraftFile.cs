using System.Text;
using System.Text.Json.Nodes;
using MatrixEdge.Configuration;
using MatrixEdge.Protocol;

namespace MatrixEdge.Beginning;

/// <summary>
/// Writes a draft as <c>appsettings.json</c>, with comments that say what the keys are for and where their values come from.
/// What is not known is a line that is switched off. Every line of a section ends in a comma, so that any of them can be
/// switched on.
/// </summary>
internal static class DraftFile
{
    public static string Write(Draft draft)
    {
        var text = new StringBuilder();
        text.Append(draft.Files.Count == 0 ? "// Written by `matrixedge init`.\n" : $"// Written by `matrixedge init` from {OnOneLine(string.Join(", ", draft.Files))}.\n");
        text.Append("""
            // appsettings.example.json shows all keys, and `matrixedge check` says what this comes to. Lines that begin with two
            // slashes and a quotation mark are switched off: take the slashes away to switch them on.
            {
              "MatrixEdge": {
                "Certificate": {

            """);
        WriteCertificate(new DraftLines(text, 6), draft);
        text.Append("""
                },
                "Sites": [
                  {

            """);
        WriteSite(new DraftLines(text, 8), draft);
        text.Append("""
                  }
                ]
              }
            }

            """);
        return text.ToString();
    }

    /// <summary>What the gateway says of such a file: its problems, and its notes.</summary>
    public static Problems Check(string text, string path)
    {
        var problems = new Problems();
        EdgeSettings.Parse(new ConfigurationDocument(Path.GetFullPath(path), ConfigurationDocument.Parse(text), IsLocalMode: false), problems);
        return problems;
    }

    /// <summary>Where a homeserver listens if nobody changed it.</summary>
    public static string UsualAddress(HomeserverKind? kind) => kind == HomeserverKind.Conduit ? "http://127.0.0.1:8000" : "http://127.0.0.1:8008";

    /// <summary>Whether the public host is the server name itself, so that there is no other host to ask about.</summary>
    public static bool IsReachedAtItsName(Draft draft) =>
        ServerName.TryParse(draft.ServerName?.Value ?? "", out var name, out _)
        && (draft.PublicHost is null || (ServerName.TryParse(draft.PublicHost.Value, out var host, out _) && string.Equals(host.Host, name.Host, StringComparison.OrdinalIgnoreCase)));

    private static void WriteCertificate(DraftLines lines, Draft draft)
    {
        var email = draft.EmailAddress is { Value.Length: > 0 } known ? known : new Known<string>($"admin@{NameOf(draft)}");
        var isOn = draft.AcceptsTerms is { Value: true };
        if (!isOn)
        {
            lines.Comment("\"Local\" is for trying out: its certificates are trusted by those alone who were told to. For real ones, from Let's");
            lines.Comment("Encrypt, take this line away, and the slashes from those below.");
            lines.Write("Source", "Local");
        }

        lines.Comment("That you accept the terms of service of Let's Encrypt: https://letsencrypt.org/repository/");
        lines.Write("AcceptTermsOfService", true, isOn);
        lines.Comment("Where the authority may write to about your account.", email.Origin);
        lines.Write("EmailAddress", email.Value, isOn && draft.EmailAddress is { Value.Length: > 0 });
    }

    private static void WriteSite(DraftLines lines, Draft draft)
    {
        lines.Comment("What stands behind the colon in @user:example.com. It can never be changed once there are users.", draft.ServerName?.Origin);
        lines.Write("ServerName", NameOf(draft));

        lines.Comment("Where clients and other servers reach the homeserver. Default: the name above.", draft.PublicHost?.Origin);
        lines.Write("PublicHost", draft.PublicHost?.Value ?? $"matrix.{NameOf(draft)}", draft.PublicHost is not null);

        if (draft.ServesApex is not null || !IsReachedAtItsName(draft) || draft.PublicHost is null)
        {
            lines.Comment("Whether the server name itself leads to this gateway, too. false: another host answers for it, with what", draft.ServesApex?.Origin);
            lines.Comment("`matrixedge export well-known` writes. Default: true.");
            lines.Write("ServesApex", draft.ServesApex?.Value ?? false, draft.ServesApex is not null);
        }

        lines.Comment("The port that is announced to other servers, 8448 or 443. Both are served. Default: 8448.", draft.FederationPort?.Origin);
        lines.Write("FederationPort", draft.FederationPort?.Value ?? 8448, draft.FederationPort is not null);

        lines.Comment("The kind decides which paths are public; the address is that of its listener for clients and federation.", draft.Address?.Origin);
        lines.Write("Homeserver", new JsonObject
        {
            ["Kind"] = (draft.Kind?.Value ?? HomeserverKind.Auto).ToString(),
            ["Address"] = draft.Address?.Value ?? UsualAddress(draft.Kind?.Value),
        });

        if (draft.AuthenticationAddress is { } service)
        {
            lines.Comment("Signing in is the Matrix Authentication Service's. Its own host is for those whose service leads here as a whole.", service.Origin);
            lines.Open("AuthenticationService");
            lines.Deeper().Write("Address", service.Value);
            lines.Deeper().Write("Host", draft.AuthenticationHost ?? $"auth.{NameOf(draft)}", isOn: false);
            lines.Close();
        }

        if (draft.CallTransports is { } calls)
        {
            lines.Comment("For calls by way of this gateway: where the token service (lk-jwt-service) and LiveKit listen.", calls.Origin);
            lines.Write("Calls", ProposeCalls(draft, calls.Value), isOn: false);
        }

        WriteWellKnown(lines, draft);
    }

    private static void WriteWellKnown(DraftLines lines, Draft draft)
    {
        const string Foci = "org.matrix.msc4143.rtc_foci";
        var calls = draft.Client?.Value.ContainsKey(Foci) == true ? null : draft.CallTransports;
        if (draft.Client is null && draft.Support is null && calls is null)
            return;

        lines.Open("WellKnown");
        var inner = lines.Deeper();
        if (draft.Client is { } client)
        {
            inner.Comment("Into /.well-known/matrix/client, beside m.homeserver.", client.Origin);
            inner.Open("Client");
            foreach (var (name, value) in client.Value)
                inner.Deeper().Write(name, value);
            if (calls is not null)
                WriteCalls(inner.Deeper(), calls);
            inner.Close();
        }
        else if (calls is not null)
        {
            inner.Open("Client");
            WriteCalls(inner.Deeper(), calls);
            inner.Close();
        }

        if (draft.Support is { } support)
        {
            inner.Comment("The whole of /.well-known/matrix/support.", support.Origin);
            inner.Write("Support", support.Value);
        }

        lines.Close();

        void WriteCalls(DraftLines place, Known<JsonArray> transports)
        {
            place.Comment("Where calls go. Some clients look here and not at the homeserver.", transports.Origin);
            place.Write(Foci, transports.Value, isOn: false);
        }
    }

    // The public address is known, those behind it are what their own documentation has.
    private static JsonObject ProposeCalls(Draft draft, JsonArray transports)
    {
        var proposal = new JsonObject { ["TokenService"] = "http://127.0.0.1:8080", ["LiveKit"] = "http://127.0.0.1:7880" };
        if (!Uri.TryCreate((string?)transports[0]!["livekit_service_url"], UriKind.Absolute, out var address))
            proposal["Host"] = $"rtc.{NameOf(draft)}";
        else if (draft.PublicHost is { } host && address.Authority.Equals(host.Value, StringComparison.OrdinalIgnoreCase))
            proposal["Path"] = address.AbsolutePath.Split("/jwt")[0].TrimEnd('/') is { Length: > 1 } path ? path : "/livekit";
        else
            proposal["Host"] = address.IdnHost;
        return proposal;
    }

    private static string NameOf(Draft draft) => draft.ServerName?.Value ?? "example.com";

    // A file may be called anything.
    private static string OnOneLine(string text) => string.Concat(text.Select(c => char.IsControl(c) || c is '\u2028' or '\u2029' ? ' ' : c));
}
