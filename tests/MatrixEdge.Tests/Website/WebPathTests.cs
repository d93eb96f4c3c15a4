using MatrixEdge.Website;

namespace MatrixEdge.Tests.Website;

public sealed class WebPathTests
{
    [Theory]
    [InlineData("/", "", true)]
    [InlineData("/a", "a", false)]
    [InlineData("/a/", "a", true)]
    [InlineData("/a/b.html", "a/b.html", false)]
    [InlineData("/a%20b", "a b", false)]
    [InlineData("/%61", "a", false)]
    [InlineData("/a%25b", "a%b", false)]
    [InlineData("/a%2525b", "a%25b", false)] // once, not until nothing is left
    [InlineData("/caf%C3%A9", "café", false)]
    [InlineData("/%F0%9F%90%99.png", "🐙.png", false)]
    [InlineData("/a+b", "a+b", false)] // a plus is a space in forms only
    [InlineData("/a;v=1,2", "a;v=1,2", false)]
    [InlineData("/a..b", "a..b", false)]
    [InlineData("/a.", "a.", false)]
    [InlineData("/.well-known/security.txt", ".well-known/security.txt", false)]
    [InlineData("/%2ewell-known/security.txt", ".well-known/security.txt", false)]
    [InlineData("/.well-known/matrixx", ".well-known/matrixx", false)]
    [InlineData("/CON", "CON", false)]
    [InlineData("/~user/", "~user", true)]
    public void Names_a_file_or_a_folder(string path, string relative, bool isFolder)
    {
        Assert.True(WebPath.TryRead(path, out var read));
        Assert.Equal(new WebPath(relative, isFolder), read);
    }

    [Theory]
    [InlineData("")]
    [InlineData("*")]
    [InlineData("a")]
    [InlineData("//")]
    [InlineData("//a")]
    [InlineData("/a//b")]
    [InlineData("/a//")]
    [InlineData("/.")]
    [InlineData("/..")]
    [InlineData("/../secret.txt")]
    [InlineData("/a/../../secret.txt")]
    [InlineData("/a/./b")]
    [InlineData("/%2e%2e/secret.txt")]
    [InlineData("/%2E./secret.txt")]
    [InlineData("/..%2fsecret.txt")]
    [InlineData("/a%2fb")]
    [InlineData("/a%2F..%2F..%2Fsecret.txt")]
    [InlineData("/%2f")]
    [InlineData("/..\\secret.txt")]
    [InlineData("/a\\b")]
    [InlineData("/a%5cb")]
    [InlineData("/..%5Csecret.txt")]
    [InlineData("/a%00")]
    [InlineData("/a%00.html")]
    [InlineData("/a%0a")]
    [InlineData("/a%0d%0aX-Header:%20b")]
    [InlineData("/a%1f")]
    [InlineData("/a%7f")]
    [InlineData("/a%")]
    [InlineData("/a%2")]
    [InlineData("/a%zz")]
    [InlineData("/a%u0061")]
    [InlineData("/caf%E9")] // Latin-1
    [InlineData("/%C0%AE%C0%AE/secret.txt")] // dots, overlong
    [InlineData("/%c0%af")] // a slash, overlong
    [InlineData("/%ED%A0%80")] // half a surrogate pair
    [InlineData("/%EF%BB")] // cut short
    [InlineData("/é")] // undecoded
    [InlineData("/.env")]
    [InlineData("/%2eenv")]
    [InlineData("/.git/config")]
    [InlineData("/a/.htaccess")]
    [InlineData("/...")]
    [InlineData("/a/.well-known/security.txt")]
    [InlineData("/.well-known/.hidden")]
    [InlineData("/.Well-Known/security.txt")]
    [InlineData("/.well-known/matrix")]
    [InlineData("/.well-known/matrix/client")]
    [InlineData("/.well-known/%6Datrix/client")]
    [InlineData("/%2Ewell-known/matri%78/")]
    public void Names_nothing_where_it_could_be_hidden_outside_or_read_in_two_ways(string path) =>
        Assert.False(WebPath.TryRead(path, out _));
}
