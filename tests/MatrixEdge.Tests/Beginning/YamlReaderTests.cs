using System.Text;
using MatrixEdge.Beginning;
using MatrixEdge.Tests.Support;

namespace MatrixEdge.Tests.Beginning;

public sealed class YamlReaderTests
{
    [Theory]
    [InlineData("a: text\nb: 'it''s'\nc: \"\\u00e9\"\nd: |\n  two\n  lines\n", """{"a":"text","b":"it's","c":"é","d":"two\nlines\n"}""")]
    [InlineData("a: 8008\nb: -1\nc: 1_000\nd: '8008'\ne: 1.5\nf: 1e3\ng: 0755\nh: 1:30", """{"a":8008,"b":-1,"c":1000,"d":"8008","e":1.5,"f":1000,"g":"0755","h":"1:30"}""")]
    [InlineData("a: yes\nb: False\nc: on\nd: 'no'\ne: ~\nf:\ng: null\nh: !!str true", """{"a":true,"b":false,"c":true,"d":"no","e":null,"f":null,"g":null,"h":"true"}""")]
    [InlineData("a: [1, {b: c}]\nd:\n- e\n- f: g\n", """{"a":[1,{"b":"c"}],"d":["e",{"f":"g"}]}""")]
    [InlineData("a: &x {k: 1}\nb: *x\nc:\n  <<: *x\n  l: 2\nd:\n  <<: [{k: 3, m: 4}, *x]\n  m: 5", """{"a":{"k":1},"b":{"k":1},"c":{"l":2,"k":1},"d":{"m":5,"k":3}}""")]
    [InlineData("%YAML 1.1\n---\na: 1\n...\n", """{"a":1}""")]
    [InlineData("# nothing\n", "{}")]
    [InlineData("", "{}")]
    [InlineData("---\n", "{}")]
    public void Reads_what_is_YAML_as_the_homeservers_do(string text, string expected) =>
        Assert.Equal(expected, YamlReader.Read(text, "x.yaml").ToJson()!.ToJsonString(new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }));

    [Theory]
    [InlineData("a: [1\nb: }")]
    [InlineData("a: 'x")]
    [InlineData("a:\n\t- x")]
    [InlineData("a: b: c")]
    [InlineData("a: *nowhere")]
    [InlineData("a: &x [*x]")]
    [InlineData("a: 1\na: 2")]
    [InlineData("? [a]\n: b")]
    [InlineData("a: 1\n---\nb: 2")]
    [InlineData("- a\n- b")]
    [InlineData("text")]
    [InlineData("a:\n  <<: text")]
    [InlineData("a: \"secret-word\n secret-word: x")]
    [InlineData("a: !<secret-word x")]
    [InlineData("secret-word: [secret-word")]
    public void Says_where_it_is_not_and_quotes_nothing(string text)
    {
        var exception = Assert.Throws<UnreadableFileException>(() => YamlReader.Read(text, "x.yaml"));

        Assert.Matches(@"\Ax\.yaml, line [1-9]\d*(, column [1-9]\d*)?: [^\n]+\z", exception.Message);
        Assert.DoesNotContain("secret", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_key_that_stands_there_twice_is_named_with_both_lines() =>
        Assert.Equal(
            "x.yaml, line 3, column 3: \"b\" stands there twice (line 2, too)",
            Assert.Throws<UnreadableFileException>(() => YamlReader.Read("a:\n  b: 1\n  b: 2", "x.yaml")).Message);

    [Fact]
    public void Aliases_of_aliases_cost_nothing_until_they_are_written_and_are_refused_then()
    {
        var text = new StringBuilder("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for (var i = 1; i < 60; i++)
            text.Append(System.Globalization.CultureInfo.InvariantCulture, $"a{i}: &a{i} [{string.Join(", ", Enumerable.Repeat($"*a{i - 1}", 10))}]\n");

        var root = YamlReader.Read(text.ToString(), "x.yaml");

        Assert.Contains("too large", Assert.Throws<UnreadableFileException>(() => root.Find("a59")!.ToJson()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Merging_without_end_is_refused()
    {
        var many = string.Join(", ", Enumerable.Range(0, 2_000).Select(i => $"k{i}: 1"));
        var text = $"a: &a {{{many}}}\nb: {{<<: [{string.Join(", ", Enumerable.Repeat("*a", 2_000))}]}}";

        Assert.Contains("far too much", Assert.Throws<UnreadableFileException>(() => YamlReader.Read(text, "x.yaml")).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[")]
    [InlineData("{a: ")]
    [InlineData("- ")]
    public void What_is_nested_without_end_is_refused(string opening) =>
        Assert.Contains("nested too deeply", Assert.Throws<UnreadableFileException>(
            () => YamlReader.Read((opening == "- " ? "a:\n" : "a: ") + string.Concat(Enumerable.Repeat(opening, 5_000)), "x.yaml")).Message, StringComparison.Ordinal);

    [Fact]
    public void Whatever_comes_it_is_read_or_refused_with_a_place()
    {
        var random = new Random(11);
        const string Alphabet = "ab:-? \"'[]{},#&*!|>%@`\n\r\t<~é\u0001";
        var sample = Repository.Read("tests/MatrixEdge.Tests/Beginning/Samples/dendrite.yaml");
        var refused = 0;
        for (var i = 0; i < 5_000; i++)
        {
            var text = new StringBuilder(i % 2 == 0 ? "" : sample);
            for (var j = 0; j < (i % 2 == 0 ? 40 : 3); j++)
                text.Insert(random.Next(text.Length + 1), Alphabet[random.Next(Alphabet.Length)]);
            try
            {
                YamlReader.Read(text.ToString(), "x.yaml");
            }
            catch (UnreadableFileException exception)
            {
                refused++;
                Assert.Matches(@"\Ax\.yaml, line [1-9]\d*(, column [1-9]\d*)?: [^\n\r\u0001]+\z", exception.Message);
            }
        }

        Assert.InRange(refused, 2_500, 4_999);
    }
}
