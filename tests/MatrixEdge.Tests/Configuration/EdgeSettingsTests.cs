using MatrixEdge.Configuration;
using MatrixEdge.Tests.Support;

namespace MatrixEdge.Tests.Configuration;

/// <summary>What an operator reads when the configuration is wrong, to the letter.</summary>
public sealed class EdgeSettingsTests
{
    private const string Site = """{ "ServerName": "example.com", "Homeserver": { "Address": "http://127.0.0.1:8008" } }""";
    private const string Local = """ "Certificate": { "Source": "Local" } """;

    public static TheoryData<string, string> Mistakes => new()
    {
        { "", "FILE, line 1, column 1: this is not valid JSON: The input does not contain any JSON tokens. Expected the input to start with a valid JSON token, when isFinalBlock is true" },
        { "{ \"MatrixEdge\": { \"Sites\": [ }", "FILE, line 1, column 30: this is not valid JSON: '}' is an invalid start of a value" },
        { "[]", "FILE: this is not valid JSON: the file must hold one JSON object, { \"MatrixEdge\": { … } }" },
        { """{ "MatrixEdge": { LOCAL, "Sites": [{ "Homeserver": {}, "homeserver": {} }] } }""", "FILE: this is not valid JSON: the key MatrixEdge:Sites:0:homeserver stands there twice" },
        { """{ "MatrixEdge": { LOCAL, "Sites": [{ "ServerName": "example.com", "Homeserver": "http://127.0.0.1:8008" }] } }""", "MatrixEdge:Sites:0:Homeserver is \"http://127.0.0.1:8008\": must be an object, { … }" },
        { """{ "MatrixEdge": { LOCAL, "Sites": [null] } }""", "MatrixEdge:Sites:0 is \"null\": must be an object, { … }" },
        { """{ "MatrixEdge": {}, "matrixedge": {} }""", "FILE: this is not valid JSON: the key matrixedge stands there twice" },
        { "{}", "MatrixEdge: this section is missing in FILE; appsettings.example.json shows how it is written" },
        { """{ "MatrixEdge": { "Sites": [SITE], LOCAL }, "Serilogs": {} }""", "Serilogs: this section is not known; did you mean \"Serilog\"?" },
        { """{ "MatrixEdge": { LOCAL } }""", "MatrixEdge:Sites: name at least one, for example [{ \"ServerName\": \"example.org\", \"Homeserver\": { \"Address\": \"http://127.0.0.1:8008\" } }]" },
        { """{ "MatrixEdge": { LOCAL, "Sites": {} } }""", "MatrixEdge:Sites is {}: must be a list, [ … ]" },
        { """{ "MatrixEdge": { LOCAL, "Sites": ["example.com"] } }""", "MatrixEdge:Sites:0 is \"example.com\": must be an object, { … }" },
        { """{ "MatrixEdge": { LOCAL, "Sites": [SITE], "Site": 1 } }""", "MatrixEdge:Site is 1: this key is not known; did you mean \"Sites\"?" },
        { """{ "MatrixEdge": { LOCAL, "Sites": [SITE], "Frobnicate": {} } }""", "MatrixEdge:Frobnicate: this key is not known here; known are Certificate, ClientAddressHeader, Doctor, Limits, Listen, Sites, Store, StrictTransportSecurity, Telemetry, TrustedProxies" },
        { """{ "MatrixEdge": { LOCAL, "Sites": [{ "ServerNme": "example.com", "ServerName": "example.com", "Homeserver": { "Address": "http://127.0.0.1:8008" } }] } }""", "MatrixEdge:Sites:0:ServerNme is \"example.com\": this key is not known; did you mean \"ServerName\"?" },
        { """{ "MatrixEdge": { LOCAL, "Sites": [{ "Homeserver": { "Address": "http://127.0.0.1:8008" } }] } }""", "MatrixEdge:Sites:0:ServerName: say what stands behind the colon in @user:example.org, for example \"example.org\"" },
        { """{ "MatrixEdge": { LOCAL, "Sites": [{ "ServerName": "https://example.org", "Homeserver": { "Address": "http://127.0.0.1:8008" } }] } }""", "MatrixEdge:Sites:0:ServerName is \"https://example.org\": give the bare name, for example \"example.org\"" },
        { """{ "MatrixEdge": { LOCAL, "Sites": [{ "ServerName": true, "Homeserver": { "Address": "http://127.0.0.1:8008" } }] } }""", "MatrixEdge:Sites:0:ServerName is true: must be a string in quotation marks" },
        { """{ "MatrixEdge": { LOCAL, "Sites": [{ "ServerName": "example.com", "Homeserver": {} }] } }""", "MatrixEdge:Sites:0:Homeserver:Address: say where the homeserver listens, for example \"http://127.0.0.1:8008\"" },
        { """{ "MatrixEdge": { LOCAL, "Sites": [{ "ServerName": "example.com", "Homeserver": { "Address": "127.0.0.1:8008" } }] } }""", "MatrixEdge:Sites:0:Homeserver:Address is \"127.0.0.1:8008\": the scheme is missing; write \"http://127.0.0.1:8008\"" },
        { """{ "MatrixEdge": { LOCAL, "Sites": [{ "ServerName": "example.com", "Homeserver": { "Address": "ftp://127.0.0.1" } }] } }""", "MatrixEdge:Sites:0:Homeserver:Address is \"ftp://127.0.0.1\": must be an http or https URL, for example \"http://127.0.0.1:8008\"" },
        { """{ "MatrixEdge": { LOCAL, "Sites": [{ "ServerName": "example.com", "Homeserver": { "Address": "http://127.0.0.1:8008/_matrix" } }] } }""", "MatrixEdge:Sites:0:Homeserver:Address is \"http://127.0.0.1:8008/_matrix\": must be scheme, host and port alone, since paths are passed on unchanged; write \"http://127.0.0.1:8008\"" },
        { """{ "MatrixEdge": { LOCAL, "Sites": [{ "ServerName": "example.com", "Homeserver": { "Address": "https://localhost:8448" } }] } }""", "MatrixEdge:Sites:0:Homeserver:Address is \"https://localhost:8448\": that is the gateway's own listener (MatrixEdge:Listen:Federation); give the homeserver's" },
        { """{ "MatrixEdge": { LOCAL, "Sites": [{ "ServerName": "example.com", "Homeserver": { "Kind": "Synaps", "Address": "http://127.0.0.1:8008" } }] } }""", "MatrixEdge:Sites:0:Homeserver:Kind is \"Synaps\": did you mean \"Synapse\"? It must be one of Auto, Synapse, Dendrite, Conduit, Conduwuit, Continuwuity, Tuwunel, Custom" },
        { """{ "MatrixEdge": { LOCAL, "Sites": [{ "ServerName": "example.com", "Homeserver": { "Kind": "3", "Address": "http://127.0.0.1:8008" } }] } }""", "MatrixEdge:Sites:0:Homeserver:Kind is \"3\": It must be one of Auto, Synapse, Dendrite, Conduit, Conduwuit, Continuwuity, Tuwunel, Custom" },
        { """{ "MatrixEdge": { LOCAL, "Sites": [{ "ServerName": "example.com", "Homeserver": { "Kind": "Custom", "Address": "http://127.0.0.1:8008" } }] } }""", "MatrixEdge:Sites:0:Homeserver:PublicPaths: Kind \"Custom\" needs the public paths, for example [\"/_matrix/\"]" },
        { """{ "MatrixEdge": { LOCAL, "Sites": [{ "ServerName": "example.com", "Homeserver": { "PublicPaths": ["_matrix"], "Address": "http://127.0.0.1:8008" } }] } }""", "MatrixEdge:Sites:0:Homeserver:PublicPaths:0 is \"_matrix\": must be a path prefix as it stands in a request, for example \"/_matrix/\"" },
        { """{ "MatrixEdge": { LOCAL, "Sites": [{ "ServerName": "example.com", "Homeserver": { "Address": "http://127.0.0.1:8008" }, "AuthenticationService": {} }] } }""", "MatrixEdge:Sites:0:AuthenticationService:Address: say where the authentication service listens, for example \"http://127.0.0.1:8080\"" },
        { """{ "MatrixEdge": { LOCAL, "Sites": [{ "ServerName": "example.com", "Homeserver": { "Address": "http://127.0.0.1:8008" }, "AuthenticationService": { "Address": "http://127.0.0.1:8081", "Host": "https://auth.example.com" } }] } }""", "MatrixEdge:Sites:0:AuthenticationService:Host is \"https://auth.example.com\": give the bare name, for example \"auth.example.com\"" },
        { """{ "MatrixEdge": { LOCAL, "Sites": [{ "ServerName": "example.com", "Homeserver": { "Address": "http://127.0.0.1:8008" }, "AuthenticationService": { "Address": "http://127.0.0.1:8081", "Host": "auth.example.com:8443" } }] } }""", "MatrixEdge:Sites:0:AuthenticationService:Host is \"auth.example.com:8443\": leave out the port, as it follows from the listeners; write \"auth.example.com\"" },
        { """{ "MatrixEdge": { LOCAL, "Sites": [{ "ServerName": "example.com", "Homeserver": { "Address": "http://127.0.0.1:8008" }, "AuthenticationService": { "Address": "http://127.0.0.1:8081", "Host": "example.com" } }] } }""", "MatrixEdge:Sites:0: the host example.com stands there for two things; give each a host of its own" },
        { """{ "MatrixEdge": { LOCAL, "Sites": [{ "ServerName": "example.com", "Homeserver": { "Address": "http://127.0.0.1:8008" }, "Calls": { "TokenService": "http://127.0.0.1:8082", "LiveKit": "http://127.0.0.1:7880" } }] } }""", "MatrixEdge:Sites:0:Calls: give either Host, a name that calls have for themselves (\"rtc.example.com\"), or Path, a path of the homeserver's host (\"/livekit\")" },
        { """{ "MatrixEdge": { LOCAL, "Sites": [{ "ServerName": "example.com", "Homeserver": { "Address": "http://127.0.0.1:8008" }, "Calls": { "TokenService": "http://127.0.0.1:8082", "LiveKit": "http://127.0.0.1:7880", "Path": "/_matrix/livekit" } }] } }""", "MatrixEdge:Sites:0:Calls:Path is \"/_matrix/livekit\": must be a path of letters, digits, '-', '_' and '.', for example \"/livekit\"; those that begin with \"/_\" or \"/.\" are Matrix's" },
        { """{ "MatrixEdge": { LOCAL, "Sites": [{ "ServerName": "example.com", "Homeserver": { "Address": "http://127.0.0.1:8008" }, "PolicyServer": {} }] } }""", "MatrixEdge:Sites:0:PolicyServer: give Address, where the policy server listens, PublicKey, the key that it signs with, or both" },
        { """{ "MatrixEdge": { LOCAL, "Sites": [{ "ServerName": "example.com", "Homeserver": { "Address": "http://127.0.0.1:8008" }, "PolicyServer": { "PublicKey": "abc" } }] } }""", "MatrixEdge:Sites:0:PolicyServer:PublicKey is \"abc\": must be the policy server's ed25519 public key, 43 characters of base64" },
        { """{ "MatrixEdge": { LOCAL, "Sites": [{ "ServerName": "example.com", "Homeserver": { "Address": "http://127.0.0.1:8008" }, "Expose": [{ "Path": "/_synapse/admin/" }] }] } }""", "MatrixEdge:Sites:0:Expose:0:AllowFrom: say who may use it, for example [\"10.0.0.0/8\"]; to all others the path does not exist" },
        { """{ "MatrixEdge": { LOCAL, "Sites": [{ "ServerName": "example.com", "Homeserver": { "Address": "http://127.0.0.1:8008" }, "Expose": [{ "Path": "/_matrix/client/v3/admin", "AllowFrom": ["10.0.0.1"] }] }] } }""", "MatrixEdge:Sites:0:Expose:0:Path is \"/_matrix/client/v3/admin\": what stands below /_matrix is public; a path that only some may use is, for example, \"/_synapse/admin/\"" },
        { """{ "MatrixEdge": { LOCAL, "Sites": [{ "ServerName": "example.com", "Homeserver": { "Address": "http://127.0.0.1:8008" }, "Expose": [{ "Path": "_synapse", "AllowFrom": ["10.0.0.1/8"] }] }] } }""", "MatrixEdge:Sites:0:Expose:0:Path is \"_synapse\": must be a path prefix as it stands in a request, for example \"/_synapse/admin/\"\nMatrixEdge:Sites:0:Expose:0:AllowFrom:0 is \"10.0.0.1/8\": the address has bits beyond its prefix; write \"10.0.0.0/8\"" },
        { """{ "MatrixEdge": { LOCAL, "Sites": [{ "ServerName": "example.com", "Homeserver": { "Address": "http://127.0.0.1:8008" }, "Migration": {} }] } }""", "MatrixEdge:Sites:0:Migration: say what was: FromHost, the former PublicHost, FromPort, the former FederationPort, or both" },
        { """{ "MatrixEdge": { LOCAL, "Sites": [{ "ServerName": "example.com", "Homeserver": { "Kind": "Synapse", "PublicPaths": ["/_open/"], "Address": "http://127.0.0.1:8008" }, "Migration": { "FromHost": "Example.com" } }] } }""", "MatrixEdge:Sites:0:Migration:FromHost is \"Example.com\": that is the PublicHost now; give the former one, or leave it out where only the port moves" },
        { """{ "MatrixEdge": { LOCAL, "Sites": [{ "ServerName": "example.com", "Homeserver": { "Kind": "Synapse", "PublicPaths": ["/_open/"], "Address": "http://127.0.0.1:8008" }, "Migration": { "FromPort": 8448 } }] } }""", "MatrixEdge:Sites:0:Migration:FromPort is 8448: that is the FederationPort now; give the former one, or leave it out where only the host moves" },
        { """{ "MatrixEdge": { LOCAL, "Sites": [{ "ServerName": "example.com", "Homeserver": { "Kind": "Synapse", "PublicPaths": ["/_open/"], "Address": "http://127.0.0.1:8008" }, "Migration": { "FromPort": 8449 } }] } }""", "MatrixEdge:Sites:0:Migration:FromPort is 8449: nothing listens there, so whoever comes the former way would find nobody; keep it open by Listen" },
        { """{ "MatrixEdge": { LOCAL, "Sites": [{ "ServerName": "example.com", "Homeserver": { "Kind": "Synapse", "PublicPaths": ["/_open/"], "Address": "http://127.0.0.1:8008" }, "Expose": [{ "Path": "/_synapse/client/x", "AllowFrom": ["10.0.0.1"] }] }] } }""", "MatrixEdge:Sites:0:Expose:0:Path is \"/_synapse/client/x\": that is public already, being below /_synapse/client/, so AllowFrom would keep nobody out; remove it" },
        { """{ "MatrixEdge": { LOCAL, "Sites": [{ "ServerName": "example.com", "Homeserver": { "Kind": "Synapse", "PublicPaths": ["/_open/"], "Address": "http://127.0.0.1:8008" }, "Expose": [{ "Path": "/_open/x", "AllowFrom": ["10.0.0.1"] }] }] } }""", "MatrixEdge:Sites:0:Expose:0:Path is \"/_open/x\": that is public already, being below /_open/, so AllowFrom would keep nobody out; remove it" },
        { """{ "MatrixEdge": { LOCAL, "Sites": [{ "ServerName": "example.com", "Homeserver": { "PublicPaths": ["/_synapse/admin"], "Address": "http://127.0.0.1:8008" } }] } }""", "MatrixEdge:Sites:0:Homeserver:PublicPaths:0 is \"/_synapse/admin\": /_synapse/admin/ is for administrators and is not public; open it to some by Expose, or reach it at the homeserver's own address" },
        { """{ "MatrixEdge": { LOCAL, "Sites": [SITE, SITE] } }""", "MatrixEdge:Sites:1: the host example.com already belongs to MatrixEdge:Sites:0; each host leads to one site" },
        { """{ "MatrixEdge": { LOCAL, "Sites": [{ "ServerName": "example.com", "FederationPort": 8449, "Homeserver": { "Address": "http://127.0.0.1:8008" } }] } }""", "MatrixEdge:Sites:0:FederationPort is 8449: nothing listens there, so other servers would not reach this one; announce 8448 or 443" },
        { """{ "MatrixEdge": { LOCAL, "Sites": [{ "ServerName": "example.com", "FederationPort": "all", "Homeserver": { "Address": "http://127.0.0.1:8008" } }] } }""", "MatrixEdge:Sites:0:FederationPort is \"all\": must be a whole number from 1 to 65535" },
        { """{ "MatrixEdge": { LOCAL, "Sites": [{ "ServerName": "example.com", "ServesApex": "yes", "Homeserver": { "Address": "http://127.0.0.1:8008" } }] } }""", "MatrixEdge:Sites:0:ServesApex is \"yes\": must be true or false" },
        { """{ "MatrixEdge": { LOCAL, "Sites": [{ "ServerName": "example.com", "WellKnown": { "CacheFor": "60" }, "Homeserver": { "Address": "http://127.0.0.1:8008" } }] } }""", "MatrixEdge:Sites:0:WellKnown:CacheFor is \"60\": must be a length of time, written \"hh:mm:ss\" or \"d.hh:mm:ss\"" },
        { """{ "MatrixEdge": { LOCAL, "Sites": [{ "ServerName": "example.com", "WellKnown": { "Client": { "m.homeserver": "https://matrix.example.com" } }, "Homeserver": { "Address": "http://127.0.0.1:8008" } }] } }""", "MatrixEdge:Sites:0:WellKnown:Client:m.homeserver is \"https://matrix.example.com\": must be an object, {\"base_url\": \"https://matrix.example.com\"}" },
        { """{ "MatrixEdge": { LOCAL, "Sites": [SITE], "Listen": { "Https": "https" } } }""", "MatrixEdge:Listen:Https is \"https\": must be a port (\"443\"), an address with a port (\"127.0.0.1:8443\", \"[::1]:8443\", \"localhost:8443\"), or \"\" for closed" },
        { """{ "MatrixEdge": { LOCAL, "Sites": [SITE], "Listen": { "Https": "70000" } } }""", "MatrixEdge:Listen:Https is \"70000\": must be a port (\"443\"), an address with a port (\"127.0.0.1:8443\", \"[::1]:8443\", \"localhost:8443\"), or \"\" for closed" },
        { """{ "MatrixEdge": { LOCAL, "Sites": [SITE], "Listen": { "Https": "", "Federation": "" } } }""", "MatrixEdge:Listen: Https and Federation are both closed, so nothing could be served; open at least one" },
        { """{ "MatrixEdge": { LOCAL, "Sites": [SITE], "Listen": { "Https": "127.0.0.1:8448" } } }""", "MatrixEdge:Listen:Federation is \"8448\": MatrixEdge:Listen:Https already listens there; each listener needs a port of its own" },
        { """{ "MatrixEdge": { LOCAL, "Sites": [SITE], "Listen": { "DrainFor": "30" } } }""", "MatrixEdge:Listen:DrainFor is \"30\": must be a length of time, written \"hh:mm:ss\" or \"d.hh:mm:ss\"" },
        { """{ "MatrixEdge": { LOCAL, "Sites": [SITE], "Listen": { "DrainFor": "02:00:00" } } }""", "MatrixEdge:Listen:DrainFor is \"02:00:00\": must be a length of time up to one hour, for example \"00:00:30\"" },
        { """{ "MatrixEdge": { "Sites": [SITE] } }""", "MatrixEdge:Certificate:AcceptTermsOfService: an authority issues certificates only to those who accept its terms of service (Let's Encrypt: https://letsencrypt.org/repository/); write true, or use Source \"Files\" or \"Local\"" },
        { """{ "MatrixEdge": { "Sites": [SITE], "Certificate": { "Source": "File" } } }""", "MatrixEdge:Certificate:Source is \"File\": did you mean \"Files\"? It must be one of Acme, Files, Local" },
        { """{ "MatrixEdge": { "Sites": [SITE], "Certificate": { "Source": "Files", "CertificatePath": "/nowhere/fullchain.pem" } } }""", "MatrixEdge:Certificate:CertificatePath is \"/nowhere/fullchain.pem\": there is no file /nowhere/fullchain.pem; give the PEM file with the full chain, the server's own certificate first (certbot: fullchain.pem)\nMatrixEdge:Certificate:PrivateKeyPath: Source \"Files\" needs it: the PEM file with the private key (certbot: privkey.pem)" },
        { """{ "MatrixEdge": { LOCAL, "Sites": [SITE], "TrustedProxies": ["10.1.2.3/8", "all"] } }""", "MatrixEdge:TrustedProxies:0 is \"10.1.2.3/8\": the address has bits beyond its prefix; write \"10.0.0.0/8\"\nMatrixEdge:TrustedProxies:1 is \"all\": must be an address or a network, for example \"10.0.0.0/8\" or \"2001:db8::/32\", or one of the names \"cloudflare\" and \"private\"" },
        { """{ "MatrixEdge": { LOCAL, "Sites": [SITE], "Store": { "Directory": "a\u0000b" } } }""", "MatrixEdge:Store:Directory is \"a\\u0000b\": no path holds a NUL character" },
        { """{ "MatrixEdge": { LOCAL, "Sites": [SITE], "Store": { "PostgreSql": "Host=x" } } }""", "MatrixEdge:Store:PostgreSql: this version keeps its store in a directory only; use Store:Directory" },
        { """{ "MatrixEdge": { LOCAL, "Sites": [SITE], "Store": { "Directory": "appsettings.json" } } }""", "MatrixEdge:Store:Directory is \"appsettings.json\": that is a file; name a directory" },
    };

    [Theory]
    [MemberData(nameof(Mistakes))]
    public void A_mistake_is_told_with_key_value_and_remedy(string json, string expected)
    {
        using var folder = new TemporaryFolder();

        var (settings, problems) = Parse(folder, json.Replace("SITE", Site, StringComparison.Ordinal).Replace("LOCAL", Local.Trim(), StringComparison.Ordinal));

        Assert.Null(settings);
        Assert.Equal(expected, string.Join('\n', problems.Found).Replace(folder.File("appsettings.json"), "FILE", StringComparison.Ordinal));
    }

    [Fact]
    public void All_mistakes_are_told_at_once()
    {
        using var folder = new TemporaryFolder();

        var (_, problems) = Parse(folder, """
            { "MatrixEdge": { "Lisen": {}, "Listen": { "Http": "x" }, "Sites": [{ "ServerName": "a b", "Homeserver": { "Address": "x" } }, {}] } }
            """);

        Assert.Equal(
            ["MatrixEdge:Listen:Http", "MatrixEdge:Certificate:AcceptTermsOfService", "MatrixEdge:Sites:0:ServerName", "MatrixEdge:Sites:0:Homeserver:Address",
             "MatrixEdge:Sites:1:ServerName", "MatrixEdge:Sites:1:Homeserver:Address", "MatrixEdge:Lisen"],
            problems.Found.Select(problem => problem.Key));
    }

    [Fact]
    public void Defaults_are_those_of_the_manual()
    {
        using var folder = new TemporaryFolder();

        var (settings, problems) = Parse(folder, $$"""{ "MatrixEdge": { {{Local}}, "Store": { "Directory": "keys" }, "Sites": [{{Site}}] } }""");

        Assert.Empty(problems.Found);
        Assert.Equal(["80", "443", "8448", "127.0.0.1:9090"], settings!.Listen.All.Select(listener => listener.Text));
        Assert.Equal(TimeSpan.FromSeconds(30), settings.Listen.DrainFor);
        Assert.Equal(folder.File("keys"), settings.Store.Directory);
        var site = Assert.Single(settings.Sites);
        Assert.Equal("https://example.com/", site.BaseUrl.ToString());
        Assert.Equal("example.com:8448", site.DelegatedServer);
        Assert.Equal(["example.com"], settings.CertificateNames);
        Assert.Equal(HomeserverKind.Auto, site.Homeserver.Kind);
        Assert.Equal(TimeSpan.FromHours(1), site.WellKnown.CacheFor);
        Assert.False(settings.IsLocalMode);
    }

    [Theory]
    [InlineData("""{ "ServerName": "example.com", "PublicHost": "matrix.example.com", HOME }""", "matrix.example.com example.com", "https://matrix.example.com/", "matrix.example.com:8448")]
    [InlineData("""{ "ServerName": "example.com", "PublicHost": "matrix.example.com", "ServesApex": false, "FederationPort": 443, HOME }""", "matrix.example.com", "https://matrix.example.com/", "matrix.example.com:443")]
    [InlineData("""{ "ServerName": "example.com:8448", HOME }""", "example.com", "https://example.com/", "example.com:8448")]
    [InlineData("""{ "ServerName": "Example.com", "PublicHost": "matrix.example.com:8443", HOME }""", "matrix.example.com example.com", "https://matrix.example.com:8443/", "matrix.example.com:8448")]
    [InlineData("""{ "ServerName": "[2001:db8::1]", HOME }""", "2001:db8::1", "https://[2001:db8::1]/", "[2001:db8::1]:8448")]
    [InlineData("""{ "serverNAME": "example.com", HOME }""", "example.com", "https://example.com/", "example.com:8448")]
    public void Names_follow_from_the_site(string site, string certificate, string baseUrl, string delegated)
    {
        using var folder = new TemporaryFolder();
        site = site.Replace("HOME", """ "Homeserver": { "Address": "http://127.0.0.1:8008" } """, StringComparison.Ordinal);

        var (settings, problems) = Parse(folder, $$"""{ "MatrixEdge": { {{Local}}, "Sites": [{{site}}] } }""");

        Assert.Empty(problems.Found);
        Assert.Equal(certificate, string.Join(' ', settings!.CertificateNames));
        Assert.Equal(baseUrl, settings.Sites[0].BaseUrl.ToString());
        Assert.Equal(delegated, settings.Sites[0].DelegatedServer);
    }

    [Fact]
    public void The_environment_overrides_the_file()
    {
        using var folder = new TemporaryFolder();
        var variables = new Dictionary<string, string>
        {
            ["MatrixEdge__Sites__0__ServerName"] = "example.net",
            ["MATRIXEDGE__Sites__1__ServerName"] = "example.org",
            ["MatrixEdge__Sites__1__Homeserver__Address"] = "http://127.0.0.1:8009",
            ["MatrixEdge__TrustedProxies__0"] = "10.0.0.0/8",
            ["MatrixEdge__Sites__0__FederationPort"] = "443",
            ["MatrixEdge__Sites__0__ServesApex"] = "false",
        };

        var (settings, problems) = Parse(folder, $$"""{ "MatrixEdge": { {{Local}}, "Sites": [{{Site}}] } }""", variables);

        Assert.Equal("", string.Join('\n', problems.Found));
        Assert.Equal(["example.net", "example.org"], settings!.Sites.Select(site => site.ServerName.ToString()));
        Assert.Equal("10.0.0.0/8", settings.TrustedProxies.Networks.Single().ToString());
        Assert.Equal("example.net:443", settings.Sites[0].DelegatedServer);
        Assert.False(settings.Sites[0].ServesApex);
    }

    [Fact]
    public void The_environment_may_have_more_than_ten_entries()
    {
        using var folder = new TemporaryFolder();
        var variables = Enumerable.Range(0, 12).ToDictionary(i => $"MatrixEdge__TrustedProxies__{i}", i => $"10.0.0.{i}");

        var (settings, problems) = Parse(folder, $$"""{ "MatrixEdge": { {{Local}}, "Sites": [{{Site}}] } }""", variables);

        Assert.Empty(problems.Found);
        Assert.Equal(Enumerable.Range(0, 12).Select(i => $"10.0.0.{i}/32"), settings!.TrustedProxies.Networks.Select(network => network.ToString()));
    }

    [Fact]
    public void A_variable_that_leads_nowhere_is_told()
    {
        using var folder = new TemporaryFolder();

        var (_, problems) = Parse(folder, $$"""{ "MatrixEdge": { {{Local}}, "Sites": [{{Site}}] } }""", new() { ["MatrixEdge__Sites__5__ServerName"] = "x" });

        Assert.Equal("environment variable MatrixEdge__Sites__5__ServerName: \"5\" must be the number of an existing entry or of the next one", Assert.Single(problems.Found).ToString());
    }

    [Fact]
    public void Without_anything_it_is_local_mode()
    {
        using var folder = new TemporaryFolder();

        var (settings, problems) = Parse(folder, json: null);

        Assert.Empty(problems.Found);
        Assert.True(settings!.IsLocalMode);
        Assert.Equal(["localhost:8080", "localhost:8443", "localhost:8448", "127.0.0.1:9090"], settings.Listen.All.Select(listener => listener.Text));
        Assert.Equal(["localhost", "127.0.0.1", "::1"], settings.CertificateNames);
        Assert.Equal("https://localhost:8443/", settings.Sites[0].BaseUrl.ToString());
        Assert.Equal("localhost:8448", settings.Sites[0].DelegatedServer);
    }

    [Fact]
    public void Variables_adjust_local_mode_or_stand_for_a_file()
    {
        using var folder = new TemporaryFolder();

        var (adjusted, _) = Parse(folder, json: null, new()
        {
            ["MatrixEdge__Sites__0__Homeserver__Address"] = "http://127.0.0.1:6167",
            ["MatrixEdge__Listen__Https"] = "localhost:9443",
            ["MatrixEdge__Listen__Federation"] = "9448",
        });
        var (instead, _) = Parse(folder, json: null, new()
        {
            ["MatrixEdge__Sites__0__ServerName"] = "example.com",
            ["MatrixEdge__Sites__0__Homeserver__Address"] = "http://127.0.0.1:6167",
            ["MatrixEdge__Certificate__Source"] = "Local",
        });

        Assert.True(adjusted!.IsLocalMode);
        Assert.Equal(6167, adjusted.Sites[0].Homeserver.Address.Port);
        Assert.Equal("https://localhost:9443/", adjusted.Sites[0].BaseUrl.ToString());
        Assert.Equal("localhost:9448", adjusted.Sites[0].DelegatedServer);
        Assert.False(instead!.IsLocalMode);
        Assert.Equal("443", instead.Listen.Https!.Text);
    }

    [Theory]
    [InlineData("nowhere.json", "--config is \"nowhere.json\": there is no such file")]
    [InlineData(".", "--config is \".\": that is a directory; name the file in it, for example appsettings.json")]
    public void A_file_that_is_named_must_be_there(string option, string expected)
    {
        using var folder = new TemporaryFolder();
        var problems = new Problems();

        Assert.Null(ConfigurationSource.Open(option, new ConfigurationEnvironment(new Dictionary<string, string>(), folder.Path, []), problems));

        Assert.Equal(expected, Assert.Single(problems.Found).ToString());
    }

    [Theory]
    [InlineData(null, "from-variable")]
    [InlineData("option.json", "from-option")]
    public void The_option_comes_before_the_variable_and_both_before_the_folder(string? option, string expected)
    {
        using var folder = new TemporaryFolder();
        foreach (var (file, name) in new[] { ("option.json", "from-option"), ("variable.json", "from-variable"), ("appsettings.json", "from-folder") })
            File.WriteAllText(folder.File(file), $$"""{ "MatrixEdge": { "Sites": [{ "ServerName": "{{name}}" }] } }""");
        var environment = new ConfigurationEnvironment(new Dictionary<string, string> { ["MATRIXEDGE_CONFIG"] = "variable.json" }, folder.Path, ["appsettings.json"]);

        var source = ConfigurationSource.Open(option, environment, new Problems());

        Assert.Equal(expected, (string?)source!.Document.Root["MatrixEdge"]!["Sites"]![0]!["ServerName"]);
    }

    private static (EdgeSettings? Settings, Problems Problems) Parse(TemporaryFolder folder, string? json, Dictionary<string, string>? variables = null)
    {
        if (json is not null)
            File.WriteAllText(folder.File("appsettings.json"), json);
        var problems = new Problems();
        var source = ConfigurationSource.Open(null, new ConfigurationEnvironment(variables ?? [], folder.Path, ["appsettings.json"]), problems);
        return (source is null ? null : EdgeSettings.Parse(source.Document, problems), problems);
    }
}
