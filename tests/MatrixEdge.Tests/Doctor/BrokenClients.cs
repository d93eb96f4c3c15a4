using static MatrixEdge.Observability.FindingOutcome;

namespace MatrixEdge.Tests.Doctor;

/// <summary>What is wrong for clients, while other servers get through.</summary>
internal static class BrokenClients
{
    private const string Client = "/.well-known/matrix/client";
    private const string Versions = "/_matrix/client/versions";

    public static IEnumerable<BrokenSetup> All { get; } =
    [
        Document("The value of m.homeserver is a text", """{"m.homeserver":"https://matrix.example.org"}""", "must be an object"),
        Document("The document for servers is served in place of that for clients", """{"m.server":"matrix.example.org:443"}""", "document for servers"),
        Document("The document for clients has no m.homeserver", """{"homeserver":{"base_url":"https://matrix.example.org"}}""", "no m.homeserver"),
        Document("The document for clients has no base_url", """{"m.homeserver":{"url":"https://matrix.example.org"}}""", "no base_url"),
        Document("The base_url has no scheme", """{"m.homeserver":{"base_url":"matrix.example.org"}}""", "base_url is"),
        Document("The base_url has a port and no scheme", """{"m.homeserver":{"base_url":"matrix.example.org:443"}}""", "base_url is"),
        Document("The base_url has the path that clients add themselves", """{"m.homeserver":{"base_url":"https://matrix.example.org/_matrix"}}""", "clients add /_matrix themselves"),
        Document("The base_url is a list", """{"m.homeserver":{"base_url":["https://matrix.example.org"]}}""", "a list"),
        Document("The base_url is empty", """{"m.homeserver":{"base_url":""}}""", "base_url is"),
        Document("The identity server has no base_url", """{"m.homeserver":{"base_url":"https://matrix.example.org"},"m.identity_server":{}}""", "m.identity_server"),
        Document("The identity server is null", """{"m.homeserver":{"base_url":"https://matrix.example.org"},"m.identity_server":null}""", "m.identity_server"),
        Document("The document for clients has a comma too much", """{"m.homeserver":{"base_url":"https://matrix.example.org"},}""", "not JSON"),
        Document("The document for clients begins with a byte order mark", "\uFEFF{\"m.homeserver\":{\"base_url\":\"https://matrix.example.org\"}}", "byte order mark"),
        Document("The document for clients is empty", "", "empty"),
        new("The web site answers with its page in place of the document for clients", "client-document", Fail, "web page", world => world.Web.On(Client, Reply.Html())),
        new("A page to sign in stands before the document for clients", "client-document", Fail, "web page", world => world.Web.On(Client, Reply.Redirect("https://example.org/sso/")).On("/sso/", Reply.Html("<html>Please sign in</html>"))),
        new("The document for clients is answered with 500", "client-document", Fail, "500", world => world.Web.On(Client, Reply.Json("{}", 500))),
        new("The document for clients redirects in a circle", "client-document", Fail, "circle", world => world.Web.On(Client, Reply.Redirect(Client))),
        new("The base_url is plain HTTP", "client-document", Warn, "plain HTTP", world =>
        {
            world.Homeserver.BaseUrl = "http://matrix.example.org";
            foreach (var address in (string[])[World.V4, World.V6])
                world.Add(address, 80).Certificate = null;
        }),
        new("The document for clients comes as a file without a type", "client-document", Warn, "application/json", world => world.Web.Change(Client, reply => reply.Without("Content-Type").With("Content-Type", "application/octet-stream"))),
        new("The document for clients leads to a proxy of sliding sync that nobody needs any more", "client-document", Warn, "obsolete", world =>
            world.Web.On(Client, Reply.Json("""{"m.homeserver":{"base_url":"https://matrix.example.org"},"org.matrix.msc3575.proxy":{"url":"https://slidingsync.example.org"}}"""))),
        new("The document for clients is not at the IPv6 address", "client-document", Fail, "AAAA record", world => world.WebAt(World.V6, web => web.On(Client, Reply.Error(404, "M_NOT_FOUND")))) { HasV6 = true },
        new("The IPv6 address has an old document for clients", "client-document", Fail, "different documents", world => world.WebAt(World.V6, web => web.On(Client, Reply.Json("""{"m.homeserver":{"base_url":"https://example.org"}}""")))) { HasV6 = true },
        new("The document for clients may not be read by browsers", "client-document-cors", Fail, "missing", world => world.Web.Change(Client, reply => reply.WithoutCors())),
        new("The redirect of the document for clients may not be read by browsers", "client-document-cors", Fail, "redirect", world =>
        {
            world.Zone.Alias("www.example.org", "matrix.example.org");
            world.At(443, place => place.Certificate = world.Authority.Issue("example.org", "matrix.example.org", "www.example.org"));
            world.Web.On(Client, Reply.Redirect($"https://www.example.org{Client}", 301).WithoutCors(), "example.org");
        }),
        new("Two programs let browsers read the document for clients", "client-document-cors", Fail, "twice", world => world.Web.Change(Client, reply => reply.With("Access-Control-Allow-Origin", "*"))),
        new("Two programs let browsers read the document for clients, in one line", "client-document-cors", Fail, "twice", world => world.Web.Change(Client, reply => reply.WithoutCors().With("Access-Control-Allow-Origin", "*, *"))),
        new("Only the web site's own pages may read the document for clients", "client-document-cors", Fail, "https://www.example.org alone", world => world.Web.Change(Client, reply => reply.WithoutCors().With("Access-Control-Allow-Origin", "https://www.example.org"))),
        new("That there is no document for clients may not be read by browsers", "client-document-cors", Warn, "told without CORS", world => world.Web.On(Client, Reply.Html(status: 404))) { Shape = Shape.Bare },
        new("There is no document for clients, and no homeserver at the server name", "client-document", Warn, "there is none", world => world.Web.On(Client, Reply.Error(404, "M_NOT_FOUND")).On("/_matrix/*", Reply.Html(status: 404), "example.org")),
        new("The base_url leads to a host that is not in DNS", "client-api", Fail, "no address", world => world.Homeserver.BaseUrl = "https://chat.example.org"),
        new("The base_url leads to a port that is closed", "client-api", Fail, "Open port 8443", world => world.Homeserver.BaseUrl = "https://matrix.example.org:8443") { More = examination => Assert.Contains("8443", examination.First!.Remedy, StringComparison.Ordinal) },
        new("The host of base_url has no certificate of its own", "client-api", Fail, "certificate", world =>
        {
            world.Homeserver.BaseUrl = "https://chat.example.org";
            world.Zone.Alias("chat.example.org", "matrix.example.org");
        }),
        new("The base_url leads to the web site", "client-api", Fail, "Another web site", world => world.Web.On("/_matrix/client/*", Reply.Html(status: 404))),
        new("The base_url leads to a page for everything", "client-api", Fail, "no homeserver", world => world.Web.On("/_matrix/client/*", Reply.Html())),
        new("The homeserver is down for clients alone", "client-api", Fail, "down", world => world.Web.On("/_matrix/client/*", Reply.Html("<html>502</html>", 502))),
        new("The base_url redirects to another host", "client-api", Fail, "redirects", world =>
            world.Web.On("/_matrix/client/*", ask => Reply.Redirect($"https://example.org{ask.Target}", 301), "matrix.example.org")),
        new("The client API is closed, while federation is open", "client-api", Fail, "Nothing listens", world =>
        {
            world.Homeserver.BaseUrl = "https://client.example.org";
            world.Zone.Address("client.example.org", "8.20.7.7");
            world.Add("8.20.7.7", 443).Reach = Reach.Closed;
        }) { Shape = Shape.Document8448 },
        new("The client API is closed at the IPv6 address", "client-api", Fail, "AAAA record", world =>
        {
            world.Homeserver.BaseUrl = "https://client.example.org";
            world.Zone.Address("client.example.org", "8.20.7.7", "2a01:4f8:20:7::7");
            var issued = world.Authority.Issue("client.example.org");
            world.Add("8.20.7.7", 443, certificate: issued);
            world.Add("2a01:4f8:20:7::7", 443, certificate: issued).Reach = Reach.Closed;
        }),
        new("The certificate of the client API has expired", "client-api", Fail, "expired", world =>
        {
            world.Homeserver.BaseUrl = "https://client.example.org";
            world.Zone.Address("client.example.org", "8.20.7.7");
            world.Add("8.20.7.7", 443, certificate: world.Authority.IssueAt(DateTimeOffset.UtcNow.AddDays(-91), DateTimeOffset.UtcNow.AddDays(-1), "client.example.org"));
        }),
        new("The homeserver that clients are sent to is another tenant's", "client-api", Fail, "other.example.net", world =>
        {
            var other = new Homeserver("other.example.net") { BaseUrl = "https://client.example.org" };
            world.Homeserver.BaseUrl = "https://client.example.org";
            world.Zone.Address("client.example.org", "8.20.7.7");
            world.Add("8.20.7.7", 443, new Web(other.Answer), world.Authority.Issue("client.example.org"));
        }),
        new("Browsers may not read what the homeserver says", "client-cors", Fail, "missing", world => world.Web.Change("/_matrix/*", reply => reply.WithoutCors())),
        new("Homeserver and proxy both let browsers read", "client-cors", Fail, "adds it once more", world => world.Web.Change("/_matrix/*", reply => reply.With("Access-Control-Allow-Origin", "*"))),
        new("The question of browsers before they ask is refused", "client-cors", Fail, "OPTIONS", world => world.Web.On("/_matrix/*", Reply.Html("<html>Method Not Allowed</html>", 405), method: "OPTIONS")),
        new("The question of browsers before they ask needs a password", "client-cors", Fail, "password", world => world.Web.Change("/_matrix/*", reply => reply with { Status = 401 }, method: "OPTIONS")),
        new("Browsers may not send an access token", "client-cors", Fail, "Authorization", world =>
            world.Web.Change("/_matrix/*", reply => reply.Without("Access-Control-Allow-Headers").With("Access-Control-Allow-Headers", "Content-Type"), method: "OPTIONS")),
        new("Browsers may read everything but errors", "client-cors", Fail, "in the homeserver's place", world => world.Web.Change("/_matrix/*", reply => reply.Status >= 400 ? reply.WithoutCors() : reply)),
        new("The authentication service is on, and its paths are not passed on", "sign-in", Fail, "not passed on", world => world.Web.On("/_matrix/client/v3/login", Reply.Error(404, "M_UNRECOGNIZED"))),
        new("The authentication service is down", "sign-in", Fail, "down", world => world.Web.On("/_matrix/client/v3/login", Reply.Error(502, "M_UNKNOWN"))),
        new("The homeserver offers no way to sign in", "sign-in", Fail, "no way to sign in", world => world.Web.On("/_matrix/client/v3/login", Reply.Json("""{"flows":[]}"""))),
        Calls("The service for calls is not in DNS", "cannot be reached", "https://rtc.example.org"),
        Calls("The port of the service for calls is closed", "cannot be reached", "https://matrix.example.org:8444/livekit/jwt"),
        Calls("The path of the service for calls is not passed on", "/healthz with 404", "https://matrix.example.org/livekit/jwt"),
        Calls("Calls are let through twice", "once more", "https://matrix.example.org/livekit/jwt", world =>
            world.Web.On("/livekit/jwt/healthz", new Reply(200, "")).On("/livekit/jwt/sfu/get", Reply.Json("{}").With("Access-Control-Allow-Origin", "*"), method: "OPTIONS")),
        Calls("Browsers may not ask the service for calls", "OPTIONS", "https://matrix.example.org/livekit/jwt", world =>
            world.Web.On("/livekit/jwt/healthz", new Reply(200, "")).On("/livekit/jwt/sfu/get", new Reply(405, ""), method: "OPTIONS")),
        new("The contacts have no role", "support", Warn, "role", world => world.Web.On("/.well-known/matrix/support", Reply.Json("""{"contacts":[{"email_address":"admin@example.org"}]}"""))),
        new("The contacts are no JSON", "support", Warn, "not JSON", world => world.Web.On("/.well-known/matrix/support", Reply.Json("contacts: admin@example.org"))),
        new("The contacts are empty", "support", Warn, "support", world => world.Web.On("/.well-known/matrix/support", Reply.Json("{}"))),
        new("The policy server has no key", "policy-server", Warn, "no key", world => world.Web.On("/.well-known/matrix/policy_server", Reply.Json("""{"public_key":"abc"}"""))),
        new("The homeserver's own document for clients leads elsewhere", "documents-agree", Warn, "two places", world => world.Web.On(Client, Reply.Json("""{"m.homeserver":{"base_url":"https://old.example.org"}}"""), "matrix.example.org")),
        new("The homeserver's own document for servers leads elsewhere", "documents-agree", Warn, "two places", world => world.Web.On("/.well-known/matrix/server", Reply.Json("""{"m.server":"old.example.org:8448"}"""), "matrix.example.org")),
        new("Everybody can register administrators", "private-paths", Fail, "/_synapse/admin/v1/register", world => world.Web.On("/_synapse/admin/v1/register", Reply.Json("""{"nonce":"abc"}"""))),
        new("The version for administrators is open", "private-paths", Fail, "/_synapse/admin/v1/server_version", world => world.Web.On("/_synapse/admin/v1/server_version", Reply.Json("""{"server_version":"1.140.0"}"""))),
        new("The metrics are open", "private-paths", Fail, "/_synapse/metrics", world => world.Web.On("/_synapse/metrics", new Reply(200, "# HELP python_gc_objects_collected_total Objects\n# TYPE python_gc_objects_collected_total counter\n"))),
        new("Administration is behind a token alone", "private-paths", Warn, "token", world => world.Web.On("/_synapse/admin/*", Reply.Error(401, "M_MISSING_TOKEN"))),
    ];

    private static BrokenSetup Document(string name, string body, string word) => new(name, "client-document", Fail, word, world => world.Web.On(Client, Reply.Json(body)));

    private static BrokenSetup Calls(string name, string word, string service, Action<World>? more = null) => new(name, "calls", Fail, word, world =>
    {
        world.Web.On(Client, Reply.Json($$"""{"m.homeserver":{"base_url":"https://matrix.example.org"},"org.matrix.msc4143.rtc_foci":[{"type":"livekit","livekit_service_url":"{{service}}"}]}"""));
        more?.Invoke(world);
    });
}
