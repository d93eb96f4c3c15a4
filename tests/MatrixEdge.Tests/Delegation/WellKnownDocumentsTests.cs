using System.Text;
using System.Text.Json.Nodes;
using MatrixEdge.Configuration;
using MatrixEdge.Delegation;

namespace MatrixEdge.Tests.Delegation;

public class WellKnownDocumentsTests
{
    [Fact]
    public void Says_where_clients_and_servers_find_the_homeserver()
    {
        var documents = Build(WellKnownSettings.None);

        Assert.Equal("{\n  \"m.server\": \"matrix.example.com:8448\"\n}\n", Text(documents.Server));
        Assert.Equal("{\n  \"m.homeserver\": {\n    \"base_url\": \"https://matrix.example.com\"\n  }\n}\n", Text(documents.Client));
        Assert.Null(documents.Support);
        Assert.Equal("public, max-age=3600", documents.CacheControl.ToString());
    }

    [Theory]
    [InlineData("{}", """{"m.homeserver": {"base_url": "https://matrix.example.com"}}""")]
    [InlineData("""{"m.homeserver": {"com.example.x": 1}}""",
        """{"m.homeserver": {"base_url": "https://matrix.example.com", "com.example.x": 1}}""")]
    [InlineData("""{"m.homeserver": {"base_url": "https://other.example.com/sub/"}}""",
        """{"m.homeserver": {"base_url": "https://other.example.com/sub"}}""")]
    [InlineData("""{"m.identity_server": {"base_url": "https://vector.im"}, "com.example.x": [1, {"y": null}], "com.example.z": null}""",
        """{"m.homeserver": {"base_url": "https://matrix.example.com"}, "m.identity_server": {"base_url": "https://vector.im"}, "com.example.x": [1, {"y": null}], "com.example.z": null}""")]
    public void Merges_the_operators_additions_into_the_client_document(string additions, string expected)
    {
        var documents = Build(WellKnownSettings.None with { Client = Json(additions) });

        AssertJson(expected, documents.Client);
        AssertJson("""{"m.server": "matrix.example.com:8448"}""", documents.Server);
    }

    [Fact]
    public void Lets_the_operators_server_document_win()
    {
        var documents = Build(WellKnownSettings.None with { Server = Json("""{"m.server": "other.example.com:443", "com.example.x": 1}""") });

        AssertJson("""{"m.server": "other.example.com:443", "com.example.x": 1}""", documents.Server);
    }

    [Fact]
    public void Publishes_the_support_document_as_it_was_written()
    {
        var documents = Build(WellKnownSettings.None with { Support = Json("""{"support_page": "https://example.org/Über-uns?a=1&b=<2>"}""") });

        Assert.Equal("{\n  \"support_page\": \"https://example.org/Über-uns?a=1&b=<2>\"\n}\n", Text(documents.Support!));
    }

    [Fact]
    public void Leaves_the_additions_as_they_were()
    {
        var additions = WellKnownSettings.None with { Client = Json("""{"m.homeserver": {"x": {"y": 1}}}""") };

        var first = Build(additions);
        var second = Build(additions);

        Assert.Equal(Text(first.Client), Text(second.Client));
        Assert.Equal("""{"m.homeserver":{"x":{"y":1}}}""", additions.Client!.ToJsonString());
    }

    [Fact]
    public void Writes_the_cache_time_in_seconds() =>
        Assert.Equal("public, max-age=172800", Build(WellKnownSettings.None with { CacheFor = TimeSpan.FromHours(48) }).CacheControl.ToString());

    [Fact]
    public void Gives_equal_documents_equal_tags_and_others_others()
    {
        var one = Build(WellKnownSettings.None);
        var same = Build(WellKnownSettings.None);
        var other = Build(WellKnownSettings.None with { Client = Json("""{"com.example.x": 1}""") });

        Assert.Equal(one.Client.EntityTag, same.Client.EntityTag);
        Assert.NotEqual(one.Client.EntityTag, other.Client.EntityTag);
        Assert.Equal(one.Server.EntityTag, other.Server.EntityTag);
    }

    private static WellKnownDocuments Build(WellKnownSettings additions) =>
        WellKnownDocuments.Build(new Uri("https://matrix.example.com"), "matrix.example.com:8448", additions);

    private static JsonObject Json(string text) => JsonNode.Parse(text)!.AsObject();

    private static string Text(WellKnownDocument document) => Encoding.UTF8.GetString(document.Body.Span);

    private static void AssertJson(string expected, WellKnownDocument actual) =>
        Assert.Equal(Json(expected).ToJsonString(), JsonNode.Parse(actual.Body.Span)!.ToJsonString());
}
