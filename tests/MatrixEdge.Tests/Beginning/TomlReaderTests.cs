using System.Globalization;
using System.Text;
using MatrixEdge.Beginning;

namespace MatrixEdge.Tests.Beginning;

/// <summary>TOML 1.0, section by section of its specification.</summary>
public sealed class TomlReaderTests
{
    [Theory]
    // Comments, keys
    [InlineData("# a comment\nkey = \"value\"  # another", """{"key":"value"}""")]
    [InlineData("another = \"# not a comment\"", """{"another":"# not a comment"}""")]
    [InlineData("bare_key = 1\nbare-key = 2\n1234 = 3", """{"bare_key":1,"bare-key":2,"1234":3}""")]
    [InlineData("\"127.0.0.1\" = 1\n'key \"x\"' = 2\n\"\" = 3", """{"127.0.0.1":1,"key \"x\"":2,"":3}""")]
    [InlineData("a.b = 1\na . \"c.d\" = 2\n3.14 = 3", """{"a":{"b":1,"c.d":2},"3":{"14":3}}""")]
    [InlineData("fruit.apple.smooth = true\nfruit.orange = 2", """{"fruit":{"apple":{"smooth":true},"orange":2}}""")]
    // Strings
    [InlineData(@"s = ""a\tb \""c\"" \\ \u00E9 \U0001F600""", """{"s":"a\tb \"c\" \\ é 😀"}""")]
    [InlineData("s = \"\"\"\nRoses\nViolets\"\"\"", """{"s":"Roses\nViolets"}""")]
    [InlineData("s = \"\"\"\r\nRoses\r\nViolets\"\"\"", """{"s":"Roses\nViolets"}""")]
    [InlineData("s = \"\"\"The quick \\\n\n   brown \\   \n fox.\"\"\"", """{"s":"The quick brown fox."}""")]
    [InlineData("s = \"\"\"two \"\", three \"\"\\\", end \"\"\"\"\"", """{"s":"two \"\", three \"\"\", end \"\""}""")]
    [InlineData(@"s = 'C:\Users\x'", """{"s":"C:\\Users\\x"}""")]
    [InlineData("s = '''\nI [dw]on't\n'''", """{"s":"I [dw]on't\n"}""")]
    [InlineData("s = ''''quoted'''''", """{"s":"'quoted''"}""")]
    [InlineData("s = \"\"\ns2 = ''\ns3 = \"\"\"\"\"\"", """{"s":"","s2":"","s3":""}""")]
    // Integers, numbers, booleans
    [InlineData("a = +99\nb = 0\nc = -17\nd = 1_000\ne = 5_349_221", """{"a":99,"b":0,"c":-17,"d":1000,"e":5349221}""")]
    [InlineData("a = 0xDEAD_BEEF\nb = 0o755\nc = 0b1101\nd = -0\ne = 0x0", """{"a":3735928559,"b":493,"c":13,"d":0,"e":0}""")]
    [InlineData("a = 9223372036854775807\nb = -9223372036854775808", """{"a":9223372036854775807,"b":-9223372036854775808}""")]
    [InlineData("a = +1.5\nb = 5e+22\nc = -2E-2\nd = 6.626e-34\ne = 224_617.445_991", """{"a":1.5,"b":5E+22,"c":-0.02,"d":6.626E-34,"e":224617.445991}""")]
    [InlineData("a = true\nb = false", """{"a":true,"b":false}""")]
    // Dates and times
    [InlineData("a = 1979-05-27T07:32:00Z\nb = 1979-05-27 00:32:00.999-07:00\nc = 1979-05-27T07:32:00\nd = 1979-05-27\ne = 07:32:00.5",
        """{"a":"1979-05-27T07:32:00Z","b":"1979-05-27 00:32:00.999-07:00","c":"1979-05-27T07:32:00","d":"1979-05-27","e":"07:32:00.5"}""")]
    // Arrays
    [InlineData("a = [ 1, 2, 3 ]\nb = [ [ 1, 2 ], [\"a\", 'b'] ]\nc = []", """{"a":[1,2,3],"b":[[1,2],["a","b"]],"c":[]}""")]
    [InlineData("a = [\n  1, # one\n  2,\n\n # end\n]", """{"a":[1,2]}""")]
    [InlineData("a = [ 0.1, 'x', { b = 1 } ]", """{"a":[0.1,"x",{"b":1}]}""")]
    // Tables
    [InlineData("[table]\nkey = 1\n[other]", """{"table":{"key":1},"other":{}}""")]
    [InlineData("[dog.\"tater.man\"]\ntype.name = \"pug\"", """{"dog":{"tater.man":{"type":{"name":"pug"}}}}""")]
    [InlineData("[ g .  h  . 'i' ]", """{"g":{"h":{"i":{}}}}""")]
    [InlineData("[x.y.z.w]\n[x]\na = 1", """{"x":{"y":{"z":{"w":{}}},"a":1}}""")]
    [InlineData("[fruit]\napple.color = \"red\"\napple.taste.sweet = true\n[fruit.apple.texture]\nsmooth = true",
        """{"fruit":{"apple":{"color":"red","taste":{"sweet":true},"texture":{"smooth":true}}}}""")]
    [InlineData("a.x = { p.q = 1, p.r = 2 }\na.y = 2", """{"a":{"x":{"p":{"q":1,"r":2}},"y":2}}""")]
    [InlineData("name = { first = \"Tom\", last = 'X' }\nempty = {}", """{"name":{"first":"Tom","last":"X"},"empty":{}}""")]
    // Arrays of tables
    [InlineData("[[products]]\nname = 'Hammer'\n[[products]]\n[[products]]\nname = 'Nail'", """{"products":[{"name":"Hammer"},{},{"name":"Nail"}]}""")]
    [InlineData("[[fruits]]\nname = 'apple'\n[fruits.physical]\ncolor = 'red'\n[[fruits.varieties]]\nn = 1\n[[fruits.varieties]]\nn = 2\n[[fruits]]\n[[fruits.varieties]]\nn = 3",
        """{"fruits":[{"name":"apple","physical":{"color":"red"},"varieties":[{"n":1},{"n":2}]},{"varieties":[{"n":3}]}]}""")]
    [InlineData("", "{}")]
    [InlineData("\r\n  \t\r\n#\tx\r\na=1\r\n", """{"a":1}""")]
    public void Reads_what_is_TOML(string text, string expected) =>
        Assert.Equal(expected, Json(TomlReader.Read(text, "x.toml")));

    [Theory]
    [InlineData("key = # nothing", 1, 7)]
    [InlineData("a = 1\nfirst = \"Tom\" last = 'X'", 2, 15)]
    [InlineData("a = 1 b = 2", 1, 7)]
    [InlineData("= 1", 1, 1)]
    [InlineData("a. = 1", 1, 4)]
    [InlineData("a", 1, 2)]
    [InlineData("a b = 1", 1, 3)]
    [InlineData("é = 1", 1, 1)]
    [InlineData("\"\"\"a\"\"\" = 1", 1, 1)]
    [InlineData("name = 1\nname = 2", 2, 1)]
    [InlineData("spelling = 1\n\"spelling\" = 2", 2, 1)]
    [InlineData("a.b = 1\na.b.c = 2", 2, 1)]
    [InlineData("s = \"a\nb\"", 1, 7)]
    [InlineData("s = \"abc", 1, 9)]
    [InlineData("s = 'a\nb'", 1, 7)]
    [InlineData("s = '''a", 1, 5)]
    [InlineData("s = \"\"\"a\"\"", 1, 5)]
    [InlineData("s = \"\\x41\"", 1, 6)]
    [InlineData("s = \"\\u12\"", 1, 6)]
    [InlineData("s = \"\\uD800\"", 1, 6)]
    [InlineData("s = \"\\U00110000\"", 1, 6)]
    [InlineData("s = \"a\u0001\"", 1, 7)]
    [InlineData("s = 1 # \u0007", 1, 9)]
    [InlineData("s = 'a' \r", 1, 9)]
    [InlineData("a = 01", 1, 5)]
    [InlineData("a = 1__0", 1, 5)]
    [InlineData("a = _1", 1, 5)]
    [InlineData("a = +0x1", 1, 5)]
    [InlineData("a = 0xG", 1, 5)]
    [InlineData("a = 9223372036854775808", 1, 5)]
    [InlineData("a = 0xFFFFFFFFFFFFFFFF", 1, 5)]
    [InlineData("a = 0xFFFFFFFFFFFFFFFFF", 1, 5)]
    [InlineData("a = .7", 1, 5)]
    [InlineData("a = 7.", 1, 5)]
    [InlineData("a = 3.e+20", 1, 5)]
    [InlineData("a = True", 1, 5)]
    [InlineData("a = abc", 1, 5)]
    [InlineData("a = 1979-13-27", 1, 5)]
    [InlineData("a = 1979-05-27T25:00:00", 1, 5)]
    [InlineData("a = 1979-05-27T", 1, 5)]
    [InlineData("a = 07:32:00Z", 1, 5)]
    [InlineData("a = 07:32", 1, 5)]
    [InlineData("a = [1 2]", 1, 8)]
    [InlineData("a = [1,\n2", 1, 5)]
    [InlineData("a = [,]", 1, 6)]
    [InlineData("a = { b = 1,\n c = 2 }", 1, 13)]
    [InlineData("a = { b = 1, }", 1, 14)]
    [InlineData("a = { b = 1, b = 2 }", 1, 14)]
    [InlineData("a = { b = 1 }\na.c = 2", 2, 1)]
    [InlineData("a = { b = { } }\n[a.b.c]", 2, 1)]
    [InlineData("[a]\nb = 1\n[a]\nc = 2", 3, 1)]
    [InlineData("[a]\nb = 1\n[a.b]", 3, 1)]
    [InlineData("[a", 1, 3)]
    [InlineData("[]", 1, 2)]
    [InlineData("[a] b = 1", 1, 5)]
    [InlineData("[fruit]\napple.color = 1\n[fruit.apple]", 3, 1)]
    [InlineData("[fruit]\napple.taste.sweet = 1\n[fruit.apple.taste]", 3, 1)]
    [InlineData("[a.b.c]\nz = 9\n[a]\nb.c.t = 1", 4, 1)]
    [InlineData("a = []\n[[a]]", 2, 1)]
    [InlineData("a = [{ b = 1 }]\n[a.c]", 2, 1)]
    [InlineData("[[a]]\n[a]", 2, 1)]
    [InlineData("[a]\n[[a]]", 2, 1)]
    [InlineData("[[a]", 1, 5)]
    [InlineData("[fruit.physical]\n[[fruit]]", 2, 1)]
    [InlineData("[[a.b]]\n[a]\nb.y = 2", 3, 1)]
    public void Says_where_it_is_not(string text, int line, int column)
    {
        var exception = Assert.Throws<UnreadableFileException>(() => TomlReader.Read(text, "x.toml"));

        Assert.StartsWith($"x.toml, line {line}, column {column}: ", exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', exception.Message);
    }

    [Fact]
    public void Numbers_that_JSON_has_not_are_read_as_well()
    {
        var root = TomlReader.Read("a = inf\nb = -inf\nc = +nan", "x.toml");

        Assert.Equal(double.NegativeInfinity, double.Parse(root.Find("b")!.Text, CultureInfo.InvariantCulture));
        Assert.All(root.Members.Values, member => Assert.Equal(FileNodeKind.Number, member.Kind));
        Assert.Throws<UnreadableFileException>(() => root.ToJson());
    }

    [Fact]
    public void Each_value_knows_its_line()
    {
        var root = TomlReader.Read("# one\n\na = '''\nx\n'''\nb = [\n  1,\n  2,\n]\n\n[c]\nd = 1\n", "x.toml");

        Assert.Equal(3, root.Find("a")!.Place.Line);
        Assert.Equal([7, 8], root.Find("b")!.Items.Select(item => item.Place.Line));
        Assert.Equal("x.toml, line 11", root.Find("c")!.Place.ToString());
        Assert.Equal(12, root.Find("c")!.Find("d")!.Place.Line);
    }

    [Theory]
    [InlineData('[')]
    [InlineData('{')]
    public void What_is_nested_without_end_is_refused(char opening)
    {
        var text = "a = " + string.Concat(Enumerable.Repeat(opening == '[' ? "[" : "{a=", 100_000));

        Assert.Contains("nested too deeply", Assert.Throws<UnreadableFileException>(() => TomlReader.Read(text, "x.toml")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Whatever_comes_it_is_read_or_refused_with_a_place()
    {
        var random = new Random(11);
        const string Alphabet = "ab.=\"'[]{},#\\u0 1_x\n\r\t-+eTZ:é\u0001";
        var sample = Support.Repository.Read("tests/MatrixEdge.Tests/Beginning/Samples/conduwuit.toml");
        var refused = 0;
        for (var i = 0; i < 20_000; i++)
        {
            var text = new StringBuilder(i % 2 == 0 ? "" : sample);
            for (var j = 0; j < (i % 2 == 0 ? 40 : 3); j++)
                text.Insert(random.Next(text.Length + 1), Alphabet[random.Next(Alphabet.Length)]);
            try
            {
                TomlReader.Read(text.ToString(), "x.toml");
            }
            catch (UnreadableFileException exception)
            {
                refused++;
                Assert.Matches(@"\Ax\.toml, line [1-9]\d*, column [1-9]\d*: [^\n\r\u0001]+\z", exception.Message);
            }
        }

        Assert.InRange(refused, 5_000, 19_999);
    }

    private static string Json(FileNode node) => node.ToJson()!.ToJsonString(new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }).Replace("\\uD83D\\uDE00", "😀", StringComparison.Ordinal);
}
