using System.Text;
using System.Text.Json.Nodes;

namespace MatrixEdge.Tests.Doctor;

/// <summary>A Matrix homeserver in good health with the documents that lead to it, as far as the doctor looks.</summary>
internal sealed class Homeserver(string name)
{
    private static readonly Reply TakesBodies = new Reply(0, "") { Raw = async (stream, stop) => await stream.WriteAsync(Encoding.ASCII.GetBytes("HTTP/1.1 100 Continue\r\n\r\n"), stop) };

    /// <summary>The server name.</summary>
    public string Name { get; set; } = name;

    public SigningKey Key { get; } = SigningKey.Create();

    /// <summary>For <c>m.server</c>; null for no such document.</summary>
    public string? Delegated { get; set; }

    /// <summary>For <c>base_url</c>; null for no such document.</summary>
    public string? BaseUrl { get; set; }

    /// <summary>The key document, which may be changed before it is signed.</summary>
    public string Keys(Action<JsonObject>? change = null) => Key.Document(Name, DateTimeOffset.UtcNow.AddDays(2), change);

    public Reply Answer(Ask ask) => ask switch
    {
        { Method: "OPTIONS" } => Reply.Json("{}"),
        { Path: "/.well-known/matrix/server" } => Delegated is null ? Reply.Error(404, "M_NOT_FOUND") : Cached($$"""{"m.server":"{{Delegated}}"}"""),
        { Path: "/.well-known/matrix/client" } => BaseUrl is null ? Reply.Error(404, "M_NOT_FOUND") : Cached($$$"""{"m.homeserver":{"base_url":"{{{BaseUrl}}}"}}"""),
        { Path: "/_matrix/key/v2/server" } => Reply.Json(Keys()),
        { Path: "/_matrix/federation/v1/version", Method: "GET" } => Reply.Json("""{"server":{"name":"Synapse","version":"1.140.0"}}"""),
        { Path: "/_matrix/federation/v1/version" } => Reply.Error(405, "M_UNRECOGNIZED"),
        { Path: "/_matrix/client/versions" } => Reply.Json("""{"versions":["v1.1","v1.11","v1.12"],"unstable_features":{}}"""),
        { Path: "/_matrix/client/v3/login", Method: "GET" } => Reply.Json("""{"flows":[{"type":"m.login.password"}]}"""),
        { Path: "/_matrix/media/v3/upload" } => Reply.Error(401, "M_MISSING_TOKEN"),
        { ExpectsContinue: true } when ask.Path.StartsWith("/_matrix/federation/v1/send/", StringComparison.Ordinal) => TakesBodies,
        _ when ask.Path.StartsWith("/_matrix/", StringComparison.Ordinal) => Reply.Error(404, "M_UNRECOGNIZED"),
        _ when ask.Path.StartsWith("/.well-known/matrix/", StringComparison.Ordinal) => Reply.Error(404, "M_NOT_FOUND"),
        { Path: "/" } => Reply.Html(),
        _ => Reply.Html("<!DOCTYPE html><html><body>There is no such page</body></html>", 404),
    };

    private static Reply Cached(string document) => Reply.Json(document).With("Cache-Control", "public, max-age=3600");
}
