using System.Text;
using System.Text.Json;
using MatrixEdge.Delegation;
using MatrixEdge.Doctor;
using MatrixEdge.Protocol;
using MatrixEdge.Tests.Doctor;

namespace MatrixEdge.Tests.Delegation;

public sealed class KeyDocumentTests
{
    // The key of Matrix appendices §Cryptographic Test Vectors.
    private static readonly SigningKey Key = new(Convert.FromBase64String("YJDBA9Xnr2sVqXD9Vj7XVUnmFZcZrlw8Md7kMW+3XA1="), "ed25519:1");

    [Fact]
    public void Reads_keys_and_signatures_of_a_document_that_is_as_it_should_be()
    {
        var until = DateTimeOffset.FromUnixTimeMilliseconds(1_700_000_000_000);

        var document = Read(Key.Document("domain", until));

        Assert.Null(document.Words);
        Assert.Equal(("domain", until), (document.ServerName, document.ValidUntil));
        Assert.Equal("ed25519:1", Assert.Single(document.Keys).Id);
        Assert.Equal(Key.PublicKey, document.Keys[0].Bytes);
        Assert.True(Ed25519.Verify(document.Keys[0].Bytes!, CanonicalJson.Write(document.Whole, "signatures", "unsigned"), Assert.Single(document.Signatures).Bytes!));
    }

    [Fact]
    public void Takes_keys_with_padding_too()
    {
        var document = Read(Key.Document("domain", DateTimeOffset.UnixEpoch, json => json["verify_keys"]!["ed25519:1"]!["key"] = Convert.ToBase64String(Key.PublicKey)));

        Assert.Equal(Key.PublicKey, Assert.Single(document.Keys).Bytes);
    }

    [Theory]
    [InlineData("""{"server_name":"a","verify_keys":{"ed25519:1":{"key":"not base64!"}}}""")]
    [InlineData("""{"server_name":"a","verify_keys":{"ed25519:1":{"key":1}}}""")]
    [InlineData("""{"server_name":"a","verify_keys":{"ed25519:1":{}}}""")]
    [InlineData("""{"server_name":"a","verify_keys":{"ed25519:1":"abc"}}""")]
    public void Keeps_a_key_that_cannot_be_read_without_its_octets(string body)
    {
        var document = Read(body);

        Assert.Null(document.Words);
        Assert.Equal(("ed25519:1", null), Assert.Single(document.Keys));
    }

    [Theory]
    [InlineData("""{"server_name":"a","verify_keys":[],"signatures":"x","valid_until_ts":"soon"}""")]
    [InlineData("""{"server_name":"a","verify_keys":null,"signatures":{"a":[]},"valid_until_ts":1.5}""")]
    [InlineData("""{"server_name":"a","signatures":{"b":{"ed25519:1":"x"}},"valid_until_ts":1e400}""")]
    public void Finds_nothing_in_members_of_the_wrong_kind(string body)
    {
        var document = Read(body);

        Assert.Equal("a", document.ServerName);
        Assert.Empty(document.Keys);
        Assert.Empty(document.Signatures);
        Assert.Null(document.ValidUntil);
    }

    [Theory]
    [InlineData("9223372036854775807", 9999)]
    [InlineData("-1", 1970)]
    public void Clamps_times_beyond_what_there_is(string milliseconds, int year)
    {
        Assert.Equal(year, Read($$"""{"server_name":"a","valid_until_ts":{{milliseconds}}}""").ValidUntil!.Value.Year);
    }

    [Fact]
    public void Reads_no_more_keys_than_anybody_has()
    {
        var keys = string.Join(",", Enumerable.Range(0, 5000).Select(i => $$"""
            "ed25519:{{i}}":{"key":"{{SigningKey.Unpadded(Key.PublicKey)}}"}
            """));

        Assert.InRange(Read("{\"server_name\":\"a\",\"verify_keys\":{" + keys + "}}").Keys.Length, 1, 100);
    }

    [Theory]
    [InlineData(404, "{}", nameof(DocumentFault.NotFound))]
    [InlineData(502, "<html>", nameof(DocumentFault.Status))]
    [InlineData(200, "<html>", nameof(DocumentFault.Html))]
    [InlineData(200, "[]", nameof(DocumentFault.NotObject))]
    [InlineData(200, "{}", nameof(DocumentFault.Missing))]
    [InlineData(200, """{"server_name":1}""", nameof(DocumentFault.Missing))]
    [InlineData(200, """{"server_name":"a","x":"\ud83d"}""", nameof(DocumentFault.NotJson))]
    public void Says_why_it_is_none(int status, string body, string fault)
    {
        var document = KeyDocument.Read(status, Encoding.UTF8.GetBytes(body));

        Assert.Equal(fault, document.Fault.ToString());
        Assert.NotEmpty(document.Words!);
    }

    private static KeyDocument Read(string body) => KeyDocument.Read(200, Encoding.UTF8.GetBytes(body));
}
