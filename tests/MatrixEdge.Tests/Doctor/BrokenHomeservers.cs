using System.Text;
using System.Text.Json.Nodes;
using static MatrixEdge.Observability.FindingOutcome;

namespace MatrixEdge.Tests.Doctor;

/// <summary>What is wrong with the homeserver, or with what stands in front of it, as other servers meet it.</summary>
internal static class BrokenHomeservers
{
    private const string Keys = "/_matrix/key/v2/server";

    private static readonly Reply NotFoundPage = Reply.Html("<html><head><title>404 Not Found</title></head><body>nginx</body></html>", 404);

    public static IEnumerable<BrokenSetup> All { get; } =
    [
        new("The homeserver is another tenant's", "keys-name", Fail, "other.example.net", world => world.Homeserver.Name = "other.example.net"),
        new("The name of the homeserver's host is taken for the server name", "keys-name", Fail, "example.org, not matrix.example.org", world =>
        {
            world.Name = "matrix.example.org";
            world.Homeserver.Delegated = null;
        }),
        new("A cache in front keeps an old key document", "keys-validity", Fail, "were valid until", world => world.Web.On(Keys, _ => Reply.Json(world.Homeserver.Key.Document("example.org", DateTimeOffset.UtcNow.AddHours(-3))))),
        new("The key document does not say until when it is valid", "keys-validity", Fail, "valid_until_ts", world => world.Web.On(Keys, _ => Reply.Json(world.Homeserver.Keys(document => document.Remove("valid_until_ts"))))),
        new("The key document was changed on the way", "keys-signature", Fail, "signature of the key ed25519:auto", world => world.Web.Change(Keys, reply => reply with { Body = Meddle(reply.Body) })),
        new("The key document is not signed", "keys-signature", Fail, "did not sign", world => world.Web.Change(Keys, reply => reply with { Body = Change(reply.Body, document => document.Remove("signatures")) })),
        new("The key document is signed by another key than it names", "keys-signature", Fail, "signature of the key", world =>
        {
            var other = SigningKey.Create();
            world.Web.On(Keys, _ => Reply.Json(world.Homeserver.Keys(document => document["verify_keys"] = new JsonObject { ["ed25519:auto"] = new JsonObject { ["key"] = SigningKey.Unpadded(other.PublicKey) } })));
        }),
        new("The key document has no key", "keys", Fail, "ed25519", world => world.Web.On(Keys, _ => Reply.Json(world.Homeserver.Keys(document => document["verify_keys"] = new JsonObject())))),
        new("The key document does not say whose keys these are", "keys", Fail, "server_name", world => world.Web.On(Keys, Reply.Json("""{"verify_keys":{}}"""))),
        new("The web site's virtual host answers what SRV leads to it", "keys", Fail, "virtual host", world => world.Web.On("/_matrix/*", NotFoundPage, "example.org")) { Shape = Shape.Service },
        new("The web site's virtual host answers for the server name at 8448", "keys", Fail, "virtual host", world => world.Web.On("/_matrix/key/*", NotFoundPage)) { Shape = Shape.Bare },
        new("The homeserver behind the web server is down", "keys", Fail, "down", world => world.Web.On("/_matrix/*", Reply.Html("<html>502 Bad Gateway</html>", 502))),
        new("The homeserver behind the web server does not answer in time", "keys", Fail, "down", world => world.Web.On("/_matrix/*", Reply.Html("<html>504 Gateway Time-out</html>", 504))),
        new("Federation is switched off in the homeserver's listener", "keys", Fail, "does not offer federation", world => world.Web.On("/_matrix/key/*", Reply.Error(404, "M_UNRECOGNIZED")).On("/_matrix/federation/*", Reply.Error(404, "M_UNRECOGNIZED"))),
        new("Only the paths of clients are passed on", "keys", Fail, "", world => world.Web.On("/_matrix/key/*", NotFoundPage).On("/_matrix/federation/*", NotFoundPage)),
        new("A password stands before federation", "keys", Fail, "password", world => world.Web.On("/_matrix/*", new Reply(401, "Unauthorized").With("WWW-Authenticate", "Basic realm=\"staff\""))),
        new("The web site answers everything with its page", "keys", Fail, "web site answers", world => world.Web.On("/_matrix/key/*", Reply.Html())),
        new("What answers is no homeserver", "keys", Fail, "no homeserver", world => world.Web.On(Keys, Reply.Json("[]"))),
        new("The key document is cut off", "keys", Fail, "not JSON", world => world.Web.Change(Keys, reply => reply with { Body = reply.Body[..^9] })),
        new("The key document comes as text", "keys", Warn, "application/json", world => world.Web.Change(Keys, reply => reply.Without("Content-Type").With("Content-Type", "text/plain"))),
        new("The homeserver breaks off", "keys", Fail, "closes it", world => world.Web.On("/_matrix/*", new Reply(0, "") { Raw = (stream, _) => stream.DisposeAsync().AsTask() })) { Shape = Shape.Document8448 },
        new("The homeserver answers what is no HTTP", "keys", Fail, "no proper HTTP", world => world.Web.On("/_matrix/*", new Reply(0, "") { Raw = (stream, stop) => stream.WriteAsync(Encoding.ASCII.GetBytes("+OK POP3 ready\r\n\r\n"), stop).AsTask() })),
        new("The homeserver at one address alone is another tenant's", "keys-name", Fail, "other.example.net", world =>
        {
            var other = new Homeserver("other.example.net");
            world.WebAt(World.V6, web => web.On("/_matrix/*", other.Answer));
        }) { HasV6 = true },
        new("A bot protection answers for the homeserver", "challenge-page", Fail, "Bot Fight Mode", world => world.Web.On("/_matrix/*", Reply.Html("<html><title>Just a moment...</title></html>", 403).With("cf-mitigated", "challenge"))),
        new("A bot protection without a telltale header wants to see a person", "challenge-page", Fail, "person", world => world.Web.On("/_matrix/federation/*", Reply.Html("<html><form id=\"captcha\">Are you human?</form></html>", 429))),
        new("The version is not passed on", "version", Warn, "part of /_matrix/", world => world.Web.On("/_matrix/federation/*", NotFoundPage)),
        new("What does not exist is answered with a page", "errors", Warn, "M_UNRECOGNIZED", world => world.Web.On("/_matrix/federation/v1/matrixedge_no_such_endpoint", NotFoundPage)),
        new("What does not exist is answered with a page and the status 200", "errors", Warn, "M_UNRECOGNIZED", world => world.Web.On("/_matrix/client/v3/matrixedge_no_such_endpoint", Reply.Html() with { Headers = [.. Reply.Html().Headers, .. Reply.Cors] })),
        new("The wrong method is answered with a page", "errors", Warn, "M_UNRECOGNIZED", world => world.Web.On("/_matrix/federation/v1/version", Reply.Html("<html>Method Not Allowed</html>", 405), method: "DELETE")),
        new("Transactions of usual size are refused", "uploads", Fail, "client_max_body_size", world => world.Web.On("/_matrix/federation/v1/send/*", ask => ask.Length > 1024 * 1024 ? Reply.Html("<html>413 Request Entity Too Large</html>", 413) : null)),
        new("Pictures of usual size are refused", "uploads", Fail, "picture", world => world.Web.On("/_matrix/media/v3/upload", ask => ask.Length > 1024 * 1024 ? Reply.Html("<html>413 Request Entity Too Large</html>", 413) : null)),
        new("The homeserver itself takes small pictures only", "uploads", Warn, "very low", world => world.Web.On("/_matrix/media/v3/upload", Reply.Error(413, "M_TOO_LARGE"))),
        new("The clock is ten minutes ahead", "clock", Fail, "minutes ahead", world => world.Web.Change("*", reply => reply with { ClockAhead = TimeSpan.FromMinutes(10) })),
        new("The clock is an hour behind", "clock", Fail, "minutes behind", world => world.Web.Change("*", reply => reply with { ClockAhead = TimeSpan.FromHours(-1) })),
        new("The clock is three minutes behind", "clock", Warn, "minutes behind", world => world.Web.Change("*", reply => reply with { ClockAhead = TimeSpan.FromMinutes(-3) })),
        new("The address of Cloudflare does not pass 8448 on", "reachable", Fail, "Cloudflare", world =>
        {
            world.Homeserver.Delegated = "matrix.example.org:8448";
            world.Zone.Remove("matrix.example.org").Address("matrix.example.org", "104.16.132.229", "2606:4700::6810:84e5");
            foreach (var address in (string[])["104.16.132.229", "2606:4700::6810:84e5"])
                world.Add(address, 443);
        }),
    ];

    private static string Meddle(string document) => Change(document, json => json["x_seen_by"] = "a proxy");

    private static string Change(string document, Action<JsonObject> change)
    {
        var json = JsonNode.Parse(document)!.AsObject();
        change(json);
        return json.ToJsonString();
    }
}
