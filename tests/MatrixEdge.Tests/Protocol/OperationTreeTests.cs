using MatrixEdge.Protocol;

namespace MatrixEdge.Tests.Protocol;

public class OperationTreeTests
{
    [Theory]
    [InlineData("/a/b/c", "GET /a/b/c")]
    [InlineData("/a/b/d", "GET /a/{p}/d")]
    [InlineData("/a/b/e", "GET /{q}/b/e")]
    [InlineData("/x/b/e", "GET /{q}/b/e")]
    [InlineData("/a/b/f", "GET *")]
    [InlineData("/a/b", "GET *")]
    [InlineData("/a/b/c/", "GET *")]
    public void A_literal_wins_but_gives_way_where_it_leads_nowhere(string path, string template)
    {
        var tree = OperationTree.Parse("GET /a/b/c\nGET /a/{p}/d\nGET /{q}/b/e\nANY *");

        Assert.Equal(template, tree.Find("GET", path).Template);
    }

    [Fact]
    public void A_literal_without_the_method_gives_way_to_a_parameter_that_has_it()
    {
        var tree = OperationTree.Parse("GET /a/b\nPUT /a/{p}\nANY *");

        Assert.Equal("PUT /a/{p}", tree.Find("PUT", "/a/b").Template);
        Assert.Equal("GET *", tree.Find("GET", "/a/c").Template);
    }

    [Theory]
    [InlineData("/a", "GET /a/*")]
    [InlineData("/a/b", "GET /a/b/*")]
    [InlineData("/a/b/c/d", "GET /a/b/*")]
    [InlineData("/a/bb", "GET /a/*")]
    [InlineData("/b", "GET *")]
    public void The_longest_prefix_names_the_area(string path, string template)
    {
        var tree = OperationTree.Parse("ANY /a/b/* Media\nANY /a/*\nANY *\nGET /a/b/{p}/c");

        Assert.Equal(template, tree.Find("GET", path).Template);
    }

    [Fact]
    public void What_is_written_goes_before_what_follows_from_v3()
    {
        var tree = OperationTree.Parse("GET /_matrix/client/v3/x\nGET /_matrix/client/r0/x SlowRoom\nANY *");

        Assert.Equal(new Operation("GET /_matrix/client/r0/x", Patience.SlowRoom), tree.Find("GET", "/_matrix/client/r0/x"));
        Assert.Equal(new Operation("GET /_matrix/client/unstable/x", Patience.Ordinary) { CountedAs = "GET /_matrix/client/v3/x" }, tree.Find("GET", "/_matrix/client/unstable/x"));
    }

    [Fact]
    public void What_follows_from_v3_is_counted_with_it()
    {
        var tree = OperationTree.Parse("POST /_matrix/client/v3/x Login\nGET /_matrix/client/v3/x\nANY *");

        Assert.Equal(new Operation("POST /_matrix/client/api/v1/x", Patience.Ordinary, LimitGroup.Login) { CountedAs = "POST /_matrix/client/v3/x" }, tree.Find("POST", "/_matrix/client/api/v1/x"));
        Assert.Equal(LimitGroup.None, tree.Find("GET", "/_matrix/client/api/v1/x").Limit);
        Assert.Equal("GET /_matrix/client/v3/x", tree.Find("HEAD", "/_matrix/client/r0/x").CountedAs);
    }

    [Theory]
    [InlineData("GET")]
    [InlineData("HEAD")]
    [InlineData("DELETE")]
    [InlineData("BREW")]
    public void An_area_is_counted_as_one_whatever_the_method(string method) =>
        Assert.Equal("ANY /a/*", OperationTree.Parse("GET /a/b\nANY /a/*\nANY *").Find(method, "/a/c").CountedAs);

    [Theory]
    [InlineData("GET")]
    [InlineData("GET  /a")]
    [InlineData("GET /a ")]
    [InlineData("GET /a Hasty")]
    [InlineData("GET /a 1")]
    [InlineData("GET /a Media Media")]
    [InlineData("GET /a None")]
    [InlineData("GET /a Media Login")]
    [InlineData("GET a")]
    [InlineData("GET /a//b")]
    [InlineData("GET /!a:b")]
    [InlineData("GET /%61")]
    [InlineData("GET /a?b")]
    [InlineData("GET /{}")]
    [InlineData("GET /{a")]
    [InlineData("GET /a{b}")]
    [InlineData("GET /a/*")]
    [InlineData("GET /a*")]
    [InlineData("HEAD /a")]
    [InlineData("OTHER /a")]
    [InlineData("get /a")]
    [InlineData("ANY /a")]
    [InlineData("ANY a/*")]
    [InlineData("ANY /{a}/*")]
    [InlineData("ANY *")]
    [InlineData("GET /twice/{b}")]
    public void A_malformed_or_repeated_line_is_named(string line)
    {
        var problem = Assert.Throws<FormatException>(() => OperationTree.Parse($"# comment\nANY *\nGET /twice/{{a}}\n\n{line}\n"));

        Assert.Contains($"line 5, is \"{line}\"", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_list_without_a_name_for_the_rest_is_refused() =>
        Assert.Contains("ANY *", Assert.Throws<FormatException>(() => OperationTree.Parse("GET /a\nANY /a/*")).Message, StringComparison.Ordinal);
}
