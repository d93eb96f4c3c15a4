using System.Text;
using MatrixEdge.Delegation;

namespace MatrixEdge.Tests.Delegation;

/// <summary>What other servers and clients make of what they are answered.</summary>
public sealed class AnsweredDocumentsTests
{
    [Theory]
    [InlineData("""{"m.server":"matrix.example.org:443"}""", "matrix.example.org:443")]
    [InlineData("""{"m.server":"matrix.example.org"}""", "matrix.example.org")]
    [InlineData("""{"m.server":"8.20.1.1"}""", "8.20.1.1")]
    [InlineData("""{"m.server":"[2a01:4f8::1]:8448"}""", "[2a01:4f8::1]:8448")]
    [InlineData(""" { "m.homeserver": {}, "org.example.x": [1, 2], "m.server" : "Matrix.Example.org:443" } """, "Matrix.Example.org:443")]
    [InlineData("""{"m.server":"old.example.org:1","m.server":"new.example.org:2"}""", "new.example.org:2")]
    public void Reads_where_a_document_for_servers_leads(string body, string delegated)
    {
        var document = ServerDocument.Read(200, Encoding.UTF8.GetBytes(body));

        Assert.Equal((delegated, DocumentFault.None, null), (document.Delegated?.ToString(), document.Fault, document.Words));
    }

    [Theory]
    [InlineData(404, "", nameof(DocumentFault.NotFound))]
    [InlineData(404, """{"m.server":"matrix.example.org:443"}""", nameof(DocumentFault.NotFound))]
    [InlineData(201, """{"m.server":"matrix.example.org:443"}""", nameof(DocumentFault.Status))]
    [InlineData(500, """{"m.server":"matrix.example.org:443"}""", nameof(DocumentFault.Status))]
    [InlineData(200, "", nameof(DocumentFault.Empty))]
    [InlineData(200, "  \n", nameof(DocumentFault.NotJson))]
    [InlineData(200, "<!DOCTYPE html>", nameof(DocumentFault.Html))]
    [InlineData(200, "\uFEFF <html>", nameof(DocumentFault.Html))]
    [InlineData(200, "\uFEFF{\"m.server\":\"matrix.example.org:443\"}", nameof(DocumentFault.NotJson))]
    [InlineData(200, "m.server: matrix.example.org:443", nameof(DocumentFault.NotJson))]
    [InlineData(200, """{"m.server":"matrix.example.org:443",}""", nameof(DocumentFault.NotJson))]
    [InlineData(200, """{"m.server":"matrix.example.org:443"} {}""", nameof(DocumentFault.NotJson))]
    [InlineData(200, """{"m.server":"\ud800"}""", nameof(DocumentFault.NotJson))]
    [InlineData(200, """{"\udc00":1,"m.server":"matrix.example.org:443"}""", nameof(DocumentFault.NotJson))]
    [InlineData(200, "[]", nameof(DocumentFault.NotObject))]
    [InlineData(200, "null", nameof(DocumentFault.NotObject))]
    [InlineData(200, """{"m.homeserver":{"base_url":"https://matrix.example.org"}}""", nameof(DocumentFault.OtherDocument))]
    [InlineData(200, "{}", nameof(DocumentFault.Missing))]
    [InlineData(200, """{"M.Server":"matrix.example.org:443"}""", nameof(DocumentFault.Missing))]
    [InlineData(200, """{"m.server":null}""", nameof(DocumentFault.WrongType))]
    [InlineData(200, """{"m.server":["matrix.example.org"]}""", nameof(DocumentFault.WrongType))]
    [InlineData(200, """{"m.server":"https://matrix.example.org"}""", nameof(DocumentFault.BadValue))]
    [InlineData(200, """{"m.server":"matrix.example.org:443\n"}""", nameof(DocumentFault.BadValue))]
    [InlineData(200, """{"m.server":"m\u00e4trix.example.org"}""", nameof(DocumentFault.BadValue))]
    [InlineData(200, """{"m.server":"matrix.example.org:0x1bb"}""", nameof(DocumentFault.BadValue))]
    [InlineData(200, """{"m.server":"under_score.example.org"}""", nameof(DocumentFault.BadValue))]
    public void Says_why_a_document_for_servers_does_not_count(int status, string body, string fault)
    {
        var document = ServerDocument.Read(status, Encoding.UTF8.GetBytes(body));

        Assert.Equal(fault, document.Fault.ToString());
        Assert.Null(document.Delegated);
        Assert.NotEmpty(document.Words!);
        Assert.DoesNotContain(document.Words!, char.IsControl);
    }

    [Fact]
    public void Reads_no_more_than_other_servers_do()
    {
        var (least, most) = ("""{"m.server":"matrix.example.org:443","x":""", 50 * 1024);
        string Of(int length) => $"{least}\"{new string('x', length - least.Length - 3)}\"}}";

        Assert.Equal(DocumentFault.None, ServerDocument.Read(200, Encoding.UTF8.GetBytes(Of(most))).Fault);
        Assert.Equal(DocumentFault.TooLong, ServerDocument.Read(200, Encoding.UTF8.GetBytes(Of(most + 1))).Fault);
    }

    // A file that an editor saved as Latin-1.
    [Fact]
    public void Takes_only_UTF_8()
    {
        Assert.Equal(DocumentFault.NotJson, ServerDocument.Read(200, Encoding.Latin1.GetBytes("""{"m.server":"matrix.example.org:443","x":"ä"}""")).Fault);
        Assert.Equal(DocumentFault.NotJson, ClientDocument.Read(200, Encoding.Latin1.GetBytes("""{"m.homeserver":{"base_url":"https://mätrix.example.org"}}""")).Fault);
    }

    [Theory]
    [InlineData("""{"m.homeserver":{"base_url":"https://matrix.example.org"}}""", "https://matrix.example.org/")]
    [InlineData("""{"m.homeserver":{"base_url":"https://matrix.example.org/"},"m.identity_server":{"base_url":"https://id.example.org"},"org.example.x":null}""", "https://matrix.example.org/")]
    [InlineData("""{"m.homeserver":{"base_url":"https://example.org:8443/chat","x":1}}""", "https://example.org:8443/chat")]
    public void Reads_where_a_document_for_clients_leads(string body, string baseUrl)
    {
        var document = ClientDocument.Read(200, Encoding.UTF8.GetBytes(body));

        Assert.Equal((baseUrl, DocumentFault.None), (document.BaseUrl?.AbsoluteUri, document.Fault));
        Assert.Empty(document.Advice);
    }

    [Theory]
    [InlineData(404, "{}", nameof(DocumentFault.NotFound))]
    [InlineData(403, "{}", nameof(DocumentFault.Status))]
    [InlineData(200, "", nameof(DocumentFault.Empty))]
    [InlineData(200, "<html>", nameof(DocumentFault.Html))]
    [InlineData(200, "[]", nameof(DocumentFault.NotObject))]
    [InlineData(200, """{"m.server":"matrix.example.org:443"}""", nameof(DocumentFault.OtherDocument))]
    [InlineData(200, "{}", nameof(DocumentFault.Missing))]
    [InlineData(200, """{"m.homeserver":"https://matrix.example.org"}""", nameof(DocumentFault.WrongType))]
    [InlineData(200, """{"m.homeserver":"\ud800"}""", nameof(DocumentFault.NotJson))]
    [InlineData(200, """{"m.homeserver":{}}""", nameof(DocumentFault.Missing))]
    [InlineData(200, """{"m.homeserver":{"base_url":null}}""", nameof(DocumentFault.WrongType))]
    [InlineData(200, """{"m.homeserver":{"base_url":""}}""", nameof(DocumentFault.BadValue))]
    [InlineData(200, """{"m.homeserver":{"base_url":"matrix.example.org"}}""", nameof(DocumentFault.BadValue))]
    [InlineData(200, """{"m.homeserver":{"base_url":"ftp://matrix.example.org"}}""", nameof(DocumentFault.BadValue))]
    [InlineData(200, """{"m.homeserver":{"base_url":"https://"}}""", nameof(DocumentFault.BadValue))]
    [InlineData(200, """{"m.homeserver":{"base_url":"https://matrix.example.org"},"m.identity_server":{}}""", nameof(DocumentFault.Missing))]
    [InlineData(200, """{"m.homeserver":{"base_url":"https://matrix.example.org"},"m.identity_server":"https://id.example.org"}""", nameof(DocumentFault.WrongType))]
    public void Says_why_clients_cannot_use_a_document(int status, string body, string fault)
    {
        var document = ClientDocument.Read(status, Encoding.UTF8.GetBytes(body));

        Assert.Equal(fault, document.Fault.ToString());
        Assert.Null(document.BaseUrl);
        Assert.NotEmpty(document.Words!);
    }

    [Fact]
    public void Finds_the_services_for_calls_and_no_more_than_there_can_be()
    {
        var body = $$"""
            {"m.homeserver":{"base_url":"https://matrix.example.org"},
             "org.matrix.msc4143.rtc_foci":[{"type":"livekit","livekit_service_url":"https://rtc.example.org/jwt"},{"type":"other"},1,null,
             {{string.Join(",", Enumerable.Range(0, 1000).Select(i => $$"""{"livekit_service_url":"https://rtc{{i}}.example.org"}"""))}}]}
            """;

        var document = ClientDocument.Read(200, Encoding.UTF8.GetBytes(body));

        Assert.Equal("https://rtc.example.org/jwt", document.CallServices[0].AbsoluteUri);
        Assert.InRange(document.CallServices.Length, 1, 8);
    }
}
