using static MatrixEdge.Observability.FindingOutcome;

namespace MatrixEdge.Tests.Doctor;

/// <summary>What is wrong with the document for servers, or with where it leads.</summary>
internal static class BrokenDocuments
{
    private const string Server = "/.well-known/matrix/server";

    public static IEnumerable<BrokenSetup> All { get; } =
    [
        Document("The document for clients is served in place of that for servers", """{"m.homeserver":{"base_url":"https://matrix.example.org"}}""", "document for clients"),
        Document("The value of m.server has a scheme", """{"m.server":"https://matrix.example.org:443"}""", "no https://"),
        Document("The value of m.server has a path", """{"m.server":"matrix.example.org:443/_matrix"}""", "m.server is"),
        Document("The value of m.server has a slash at its end", """{"m.server":"matrix.example.org:443/"}""", "m.server is"),
        Document("The value of m.server is not ASCII", """{"m.server":"mätrix.example.org:443"}""", "ASCII"),
        Document("The value of m.server is empty", """{"m.server":""}""", "m.server is"),
        Document("The value of m.server has a space before the port", """{"m.server":"matrix.example.org: 443"}""", "m.server is"),
        Document("The value of m.server is a number", """{"m.server":443}""", "a number"),
        Document("The value of m.server is an object", """{"m.server":{"base_url":"https://matrix.example.org"}}""", "an object"),
        Document("The port in m.server is beyond what there is", """{"m.server":"matrix.example.org:84480"}""", "m.server is"),
        Document("The key is spelt server", """{"server":"matrix.example.org:443"}""", "no m.server"),
        Document("The document has a comma too much", """{"m.server":"matrix.example.org:443",}""", "not JSON"),
        Document("The document has a comment", "{\"m.server\":\"matrix.example.org:443\" // where federation is\n}", "not JSON"),
        Document("The document has curly quotes", "{“m.server”: “matrix.example.org:443”}", "not JSON"),
        Document("The document begins with a byte order mark", "\uFEFF{\"m.server\":\"matrix.example.org:443\"}", "byte order mark"),
        Document("The document has something behind its end", """{"m.server":"matrix.example.org:443"} <!-- delivered in 3 ms -->""", "after a single JSON value"),
        Document("The document is a text in quotes", "\"matrix.example.org:443\"", "a text"),
        Document("The document is empty", "", "empty"),
        Document("The document is longer than other servers read", $$"""{"m.server":"matrix.example.org:443","x":"{{new string('x', 60_000)}}"}""", "longer than"),
        new("The web site answers with its page in place of the document", "server-document", Fail, "web page", world => world.Web.On(Server, Reply.Html())),
        new("The web site has a page for what it does not have, with the status 200", "server-document", Fail, "web site answers", world => world.Web.On(Server, Reply.Html("\n\n  <html><h1>Oops! Page not found</h1></html>"))),
        new("The document is answered with 500", "server-document", Fail, "is down", world => world.Web.On(Server, Reply.Html(status: 500))),
        new("The homeserver that serves the document is down", "server-document", Fail, "is down", world => world.Web.On("/*", Reply.Html("<html>Bad Gateway</html>", 502))),
        new("The document is behind a password", "server-document", Fail, "401", world => world.Web.On(Server, Reply.Html("<html>Authorization required</html>", 401).With("WWW-Authenticate", "Basic"))),
        new("The web server hides folders that begin with a dot", "server-document", Fail, "403", world => world.Web.On("/.well-known/*", Reply.Html("<html>Forbidden</html>", 403))),
        new("The document redirects to itself", "server-document", Fail, "circle", world => world.Web.On(Server, Reply.Redirect($"https://example.org{Server}"))),
        new("The web site redirects to www and back", "server-document", Fail, "circle", world =>
        {
            world.Zone.Alias("www.example.org", "matrix.example.org");
            world.At(443, place => place.Certificate = world.Authority.Issue("example.org", "matrix.example.org", "www.example.org"));
            world.Web.On(Server, Reply.Redirect($"https://www.example.org{Server}", 301), "example.org").On(Server, Reply.Redirect($"https://example.org{Server}", 301), "www.example.org");
        }),
        new("The redirects of the document have no end", "server-document", Fail, "more than", world => world.Web.On(Server, ask => Reply.Redirect($"{ask.Target}{(ask.Target.Contains('?') ? "" : "?")}x"))),
        new("The redirect leads to a host that is not in DNS", "server-document", Fail, "redirect", world => world.Web.On(Server, Reply.Redirect($"https://gone.example.org{Server}"))),
        new("The redirect does not say where to", "server-document", Fail, "redirect", world => world.Web.On(Server, new Reply(301, ""))),
        new("The redirect leads to a port that is closed", "server-document", Fail, "redirect", world => world.Web.On(Server, Reply.Redirect($"https://example.org:4443{Server}"))),
        new("The redirect leads into the inner network", "server-document", Fail, "10.1.2.3", world => world.Web.On(Server, Reply.Redirect($"http://10.1.2.3{Server}"))),
        new("The redirect leads to a host whose certificate is for another name", "server-document", Fail, "certificate", world =>
        {
            world.Zone.Alias("www.example.org", "matrix.example.org");
            world.Web.On(Server, Reply.Redirect($"https://www.example.org{Server}"), "example.org");
        }),
        new("The document is not at the IPv6 address", "server-document-agreement", Fail, "AAAA record", world => world.WebAt(World.V6, web => web.On(Server, Reply.Html(status: 404)))) { HasV6 = true },
        new("The document is not at the IPv4 address", "server-document-agreement", Fail, "A record", world => world.WebAt(World.V4, web => web.On(Server, Reply.Html(status: 404)))) { HasV6 = true },
        new("The IPv6 address has an old document", "server-document-agreement", Fail, "different documents", world => world.WebAt(World.V6, web => web.On(Server, Reply.Json("""{"m.server":"matrix.example.org:8448"}""")))) { HasV6 = true },
        new("The document may not be remembered", "server-document-cache", Warn, "no-store", world => world.Web.Change(Server, reply => reply.Without("Cache-Control").With("Cache-Control", "no-store, no-cache, must-revalidate"))),
        new("The document leads to a closed port", "reachable", Fail, "port 8449, which is closed", world => world.Homeserver.Delegated = "matrix.example.org:8449"),
        new("The document names no port, and only 443 is open", "reachable", Fail, "without a port", world =>
        {
            world.Homeserver.Delegated = "matrix.example.org";
            world.At(8448, place => place.Reach = Reach.Closed);
        }),
        new("The document leads into the inner network", "private-address", Fail, "the document for servers leads to 192.168.1.20", world => world.Homeserver.Delegated = "192.168.1.20:8448") { More = examination => Assert.Contains(examination.Findings, finding => finding is { Id: "reachable", Outcome: Fail }) },
        new("There is no document, and 8448 is closed", "reachable", Fail, "Without a document", world =>
        {
            world.Homeserver.Delegated = null;
            world.At(8448, place => place.Reach = Reach.Closed);
        }),
        new("A bot protection answers for the document", "challenge-page", Fail, "person", world => world.Web.On(Server, Reply.Html("<html>One moment</html>", 403).With("cf-mitigated", "challenge"))),
    ];

    private static BrokenSetup Document(string name, string body, string word) => new(name, "server-document", Fail, word, world => world.Web.On(Server, Reply.Json(body)));
}
