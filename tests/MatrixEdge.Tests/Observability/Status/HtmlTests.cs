using MatrixEdge.Observability.Status;

namespace MatrixEdge.Tests.Observability.Status;

public sealed class HtmlTests
{
    [Theory]
    [InlineData("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;")]
    [InlineData("\" onclick='x' &amp;", "&quot; onclick=&#39;x&#39; &amp;amp;")]
    [InlineData("a\0b\u001Bc\u0085", "a\uFFFDb\uFFFDc\uFFFD")]
    [InlineData("\u202Emoc.elpmaxe\u2066", "\uFFFDmoc.elpmaxe\uFFFD")]
    [InlineData("two\nlines\tand ü 🦀", "two\nlines\tand ü 🦀")]
    [InlineData(null, "")]
    public void What_is_put_in_is_text(string? stranger, string expected) => Assert.Equal($"<p title=\"{expected}\">{expected}</p>", Html.Of($"<p title=\"{stranger}\">{stranger}</p>").ToString());

    [Fact]
    public void Pieces_of_HTML_stay_what_they_are()
    {
        var items = new[] { "1 < 2", "b" }.Select(text => Html.Of($"<li>{text}</li>"));

        Assert.Equal("<ul><li>1 &lt; 2</li><li>b</li></ul>", Html.Of($"<ul>{items}{Html.None}{(Html?)null}</ul>").ToString());
    }

    [Fact]
    public void Numbers_are_written_as_programs_read_them() => Assert.Equal("1234 0.33 -5", Html.Of($"{1234} {1.0 / 3} {-5L}").ToString());
}
