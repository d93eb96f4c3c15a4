using System.Collections.Immutable;
using System.Net;
using System.Text.Json.Nodes;
using MatrixEdge.Protocol;

namespace MatrixEdge.Configuration;

/// <summary>One Matrix server and where it is reached.</summary>
/// <param name="ServerName">What stands behind the colon of its users.</param>
/// <param name="PublicHost">Where clients and servers reach it; a port, if any, is the one of the client document's <c>base_url</c>.</param>
/// <param name="ServesApex">Whether this gateway answers for <paramref name="ServerName"/> itself.</param>
/// <param name="FederationPort">The port announced in <c>m.server</c>.</param>
/// <param name="AdditionalNames">Names that the certificate carries beside the site's own; lower case, ASCII, possibly with <c>*.</c> in front.</param>
/// <param name="Aliases">Further hosts that lead here: loopback addresses in local mode.</param>
internal sealed record SiteSettings(
    string Key,
    ServerName ServerName,
    ServerName PublicHost,
    bool ServesApex,
    HomeserverSettings Homeserver,
    int FederationPort,
    WellKnownSettings WellKnown,
    ImmutableArray<string> AdditionalNames,
    ImmutableArray<string> Aliases)
{
    /// <summary>Answers for what clients ask when they sign in; null where the homeserver does that itself.</summary>
    public AuthenticationServiceSettings? AuthenticationService { get; init; }

    /// <summary>Null where there are no calls of MatrixRTC.</summary>
    public CallsSettings? Calls { get; init; }

    /// <summary>Null where there is no policy server.</summary>
    public PolicyServerSettings? PolicyServer { get; init; }

    /// <summary>What the host of <see cref="ServerName"/> shows beside Matrix; null for nothing.</summary>
    public WebsiteSettings? Website { get; init; }

    /// <summary>A client on a host of its own; null for none.</summary>
    public WebClientSettings? WebClient { get; init; }

    /// <summary>Private paths that are open to some.</summary>
    public ImmutableArray<ExposedPath> Exposed { get; init; } = [];

    /// <summary>Null unless federation is being moved.</summary>
    public MigrationSettings? Migration { get; init; }

    /// <summary>The host names that lead to this site and what each is for, lower case, without port; IPv6 in brackets.</summary>
    public IEnumerable<(string Name, HostRole Role)> Hosts =>
        new[] { PublicHost.Host, ServerName.Host, Migration?.FromHost }.Concat(Aliases).OfType<string>().Select(host => host.ToLowerInvariant()).Distinct()
        .Select(host => (host, HostRole.Homeserver))
        .Concat(ServiceHosts);

    /// <summary>The names that the certificate must carry.</summary>
    public IEnumerable<string> CertificateNames =>
        (ServesApex ? new[] { PublicHost.Host, ServerName.Host } : [PublicHost.Host]).Append(Migration?.FromHost).OfType<string>()
        .Concat(ServiceHosts.Select(host => host.Name)).Concat(Aliases).Concat(AdditionalNames)
        .Select(host => host.ToLowerInvariant().Trim('[', ']')).Select(host => IPAddress.TryParse(host, out var address) ? address.ToString() : host).Distinct();

    private IEnumerable<(string Name, HostRole Role)> ServiceHosts =>
        new (string? Name, HostRole Role)[] { (AuthenticationService?.Host, HostRole.AuthenticationService), (Calls?.Host, HostRole.Calls), (WebClient?.Host.Host.ToLowerInvariant(), HostRole.WebClient) }
        .Where(host => host.Name is not null).Select(host => (host.Name!, host.Role));

    /// <summary>What the site has beside its homeserver, in words, for the banner and <c>check</c>.</summary>
    public IEnumerable<(string What, string Text)> Extras
    {
        get
        {
            if (AuthenticationService is { } authentication)
                yield return ("sign-in", $"{Text(authentication.Address)}, for the old endpoints{(authentication.Host is null ? "" : $" and all of {authentication.Host}")}");
            if (Calls is { } calls)
                yield return ("calls", $"{Text(calls.TokenService)} and LiveKit at {Text(calls.LiveKit)}, on {calls.Host ?? PublicHost.Host + calls.Path}");
            if (PolicyServer is { } policies)
                yield return ("policies", policies.Address is null ? "the homeserver, with a public key" : Text(policies.Address));
            if (Website is { } website)
                yield return ("website", website.Words);
            if (WebClient is { } client)
                yield return ("web client", $"the files in {client.Directory}, on {client.Host}");
            foreach (var exposed in Exposed)
                yield return ("open to some", $"{exposed.Path} for {string.Join(", ", exposed.AllowFrom)}");
            if (Migration is { } move)
                yield return ("moving", $"from {move.FromHost ?? PublicHost.Host}:{move.FromPort ?? FederationPort} to {DelegatedServer}");

            static string Text(Uri address) => address.GetLeftPart(UriPartial.Authority);
        }
    }

    /// <summary>Whether a host, one of <see cref="Hosts"/>, is the server name itself and this gateway answers for it.</summary>
    public bool IsApex(string host) => ServesApex && (host.Equals(ServerName.Host, StringComparison.OrdinalIgnoreCase) || Aliases.Contains(host));

    /// <summary>How long clients and servers may keep the well-known documents.</summary>
    public TimeSpan CacheFor => Migration is not null && WellKnown.CacheFor > MigrationSettings.CacheFor ? MigrationSettings.CacheFor : WellKnown.CacheFor;

    /// <summary>What clients use as <c>base_url</c>.</summary>
    public Uri BaseUrl => new($"https://{PublicHost}");

    /// <summary>What other servers get as <c>m.server</c>.</summary>
    public string DelegatedServer => $"{PublicHost.Host}:{FederationPort}";

    public static SiteSettings? Parse(SettingsSection section, ListenSettings listen, ConfigurationDocument document)
    {
        var localMode = document.IsLocalMode;
        var serverName = Name(section, "ServerName");
        var publicHost = section.Raw("PublicHost") is null ? null : Name(section, "PublicHost");
        if (section.Raw("ServerName") is null)
            section.Problems.Add(section.Key("ServerName"), null, "say what stands behind the colon in @user:example.org, for example \"example.org\"");

        // Only in local mode are the listeners' own ports those that clients use.
        var publicPort = localMode && listen.Https is { Port: not (0 or 443) } https ? $":{https.Port}" : "";
        if (publicHost is null && serverName is not null && section.Raw("PublicHost") is null
            && !ServerName.TryParse(serverName.Host + publicPort, out publicHost, out _))
        {
            throw new InvalidOperationException($"The host of the server name {serverName} is no server name.");
        }

        var servesApex = section.Flag("ServesApex", absent: true);
        var homeserver = HomeserverSettings.Parse(section.Section("Homeserver"), listen);
        var federationPort = section.Number("FederationPort", localMode && listen.Federation is { Port: > 0 } local ? local.Port : 8448, 1, ushort.MaxValue);
        if (!listen.IsReached(federationPort))
            section.Report("FederationPort", "nothing listens there, so other servers would not reach this one; announce 8448 or 443");

        var wellKnown = ParseWellKnown(section.Section("WellKnown"));
        var website = WebsiteSettings.Parse(section.Section("Website"), document, listen, serverName);
        if (section.Raw("Website") is not null && !servesApex)
            section.Problems.Add(section.Key("Website"), null, "it would never be seen, since another host answers for the apex; remove it or \"ServesApex\": false");
        if (website is WebsiteProxy proxy && proxy.Origin == homeserver?.Address)
            section.Section("Website").Report("Proxy", "that is the homeserver, which would get more than its public paths; publish what is missing by Homeserver:PublicPaths");
        var webClient = WebClientSettings.Parse(section.Section("WebClient"), document, serverName, publicHost);
        var additionalNames = ParseAdditionalNames(section);
        var authentication = AuthenticationServiceSettings.Parse(section.Section("AuthenticationService"), listen);
        var calls = CallsSettings.Parse(section.Section("Calls"), listen);
        var policyServer = PolicyServerSettings.Parse(section.Section("PolicyServer"), listen);
        var exposed = ExposedPath.ParseList(section, "Expose", homeserver);
        var migration = MigrationSettings.Parse(section.Section("Migration"), publicHost, federationPort, listen);
        section.RejectUnknownKeys();

        return serverName is null || publicHost is null || homeserver is null || wellKnown is null
            ? null
            : new SiteSettings(
                section.Path, serverName, publicHost, servesApex, homeserver, federationPort, wellKnown, additionalNames,
                localMode ? ["127.0.0.1", "[::1]"] : [])
            {
                AuthenticationService = authentication,
                Calls = calls,
                PolicyServer = policyServer,
                Website = website,
                WebClient = webClient,
                Exposed = exposed,
                Migration = migration,
            };
    }

    private static ImmutableArray<string> ParseAdditionalNames(SettingsSection section)
    {
        var names = ImmutableArray.CreateBuilder<string>();
        foreach (var (key, value) in section.List("AdditionalNames"))
        {
            var text = value is JsonValue json && json.TryGetValue<string>(out var read) ? read : "";
            var isWildcard = text.StartsWith("*.", StringComparison.Ordinal);
            if (ServerName.TryParse(isWildcard ? text[2..] : text, out var name, out var problem) && name.Port is null)
                names.Add((isWildcard ? "*." : "") + name.Host.ToLowerInvariant());
            else
                section.Problems.Add(key, SettingsSection.Show(value), problem ?? "leave out the port: certificates have none");
        }

        return names.ToImmutable();
    }

    private static ServerName? Name(SettingsSection section, string key)
    {
        var text = section.Text(key);
        if (text is null)
            return null;

        if (ServerName.TryParse(text, out var name, out var problem))
            return name;

        section.Report(key, problem);
        return null;
    }

    private static WellKnownSettings? ParseWellKnown(SettingsSection section)
    {
        var before = section.Problems.Found.Count;
        var settings = new WellKnownSettings(
            WellKnownSettings.CheckClient(Exact(section, "Client"), section.Key("Client"), section.Problems),
            WellKnownSettings.CheckServer(Exact(section, "Server"), section.Key("Server"), section.Problems),
            WellKnownSettings.CheckSupport(Exact(section, "Support"), section.Key("Support"), section.Problems),
            WellKnownSettings.CheckCacheFor(section.Duration("CacheFor"), section.Key("CacheFor"), section.Problems));
        section.RejectUnknownKeys();
        return section.Problems.Found.Count == before ? settings : null;
    }

    // The documents' own keys are case-sensitive, unlike configuration's.
    private static JsonNode? Exact(SettingsSection section, string name) =>
        section.Raw(name) is { } node ? JsonNode.Parse(node.ToJsonString()) : null;
}
