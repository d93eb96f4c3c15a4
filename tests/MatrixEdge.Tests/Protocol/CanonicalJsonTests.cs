using System.Text;
using System.Text.Json;
using MatrixEdge.Protocol;

namespace MatrixEdge.Tests.Protocol;

public sealed class CanonicalJsonTests
{
    // The examples of Matrix appendices §Canonical JSON.
    [Theory]
    [InlineData("{}", "{}")]
    [InlineData("""{ "one": 1, "two": "Two" }""", """{"one":1,"two":"Two"}""")]
    [InlineData("""{"b":"2","a":"1"}""", """{"a":"1","b":"2"}""")]
    [InlineData(
        """{"auth":{"success":true,"mxid":"@john.doe:example.com","profile":{"display_name":"John Doe","three_pids":[{"medium":"email","address":"john.doe@example.org"},{"medium":"msisdn","address":"123456789"}]}}}""",
        """{"auth":{"mxid":"@john.doe:example.com","profile":{"display_name":"John Doe","three_pids":[{"address":"john.doe@example.org","medium":"email"},{"address":"123456789","medium":"msisdn"}]},"success":true}}""")]
    [InlineData("""{ "a": "日本語" }""", """{"a":"日本語"}""")]
    [InlineData("""{ "本": 2, "日": 1 }""", """{"日":1,"本":2}""")]
    [InlineData("""{ "a": "\u65E5" }""", """{"a":"日"}""")]
    [InlineData("""{ "a": null }""", """{"a":null}""")]
    [InlineData("""{ "a": -0, "b": 1e10 }""", """{"a":0,"b":10000000000}""")]
    // Its grammar: what is escaped, and how.
    [InlineData("""{"a":"\u0022\u005c\u0008\u0009\u000a\u000c\u000d\/"}""", """{"a":"\"\\\b\t\n\f\r/"}""")]
    [InlineData("""{"a":"\u0000\u001F\u007f\u2028"}""", "{\"a\":\"\\u0000\\u001f\u007f\u2028\"}")]
    // By code point: U+FB01 comes before U+1F600, whose first half in UTF-16 is U+D83D.
    [InlineData("{\"\\ud83d\\ude00\":1,\"\\ufb01\":2}", "{\"\ufb01\":2,\"\ud83d\ude00\":1}")]
    [InlineData("""{"ab":1,"a":2,"":3,"B":4}""", """{"":3,"B":4,"a":2,"ab":1}""")]
    [InlineData("""{"a":[ 3, 1, [ ], { } ],"b":false}""", """{"a":[3,1,[],{}],"b":false}""")]
    // Numbers that are none there stay as they are: nothing is signed over what was guessed.
    [InlineData("""{"a":1.5,"b":1e99999,"c":9007199254740993}""", """{"a":1.5,"b":1e99999,"c":9007199254740993}""")]
    public void Writes_what_signatures_are_made_of(string json, string canonical)
    {
        Assert.Equal(canonical, Encoding.UTF8.GetString(CanonicalJson.Write(JsonDocument.Parse(json).RootElement)));
    }

    [Fact]
    public void Leaves_members_out_of_the_outermost_object_alone()
    {
        var document = JsonDocument.Parse("""{"unsigned":{"age":1},"content":{"signatures":1,"unsigned":2},"signatures":{}}""").RootElement;

        Assert.Equal("""{"content":{"signatures":1,"unsigned":2}}""", Encoding.UTF8.GetString(CanonicalJson.Write(document, "signatures", "unsigned")));
    }
}
