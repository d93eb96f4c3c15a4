using System.Net;
using MatrixEdge.Protocol;

namespace MatrixEdge.Tests.Protocol;

public class ServerNameTests
{
    private const string NoName = "give the name of the server, for example \"example.org\"";
    private const string Idn = "write an international name in its ASCII form, which starts with \"xn--\"";
    private const string Brackets = "write an IPv6 address in brackets with the port behind them, for example \"[2001:db8::1]:8448\"";
    private const string Port = "the port must be a number from 1 to 65535, for example \"example.com:8448\"";
    private const string Ipv4 = "the four numbers of an IPv4 address go from 0 to 255";
    private const string Label = "each part between two dots has 1 to 63 characters";

    [Theory]
    [InlineData("matrix.org", "matrix.org", null, null)]
    [InlineData("matrix.org:8888", "matrix.org", 8888, null)]
    [InlineData("1.2.3.4", "1.2.3.4", null, "1.2.3.4")]
    [InlineData("1.2.3.4:1234", "1.2.3.4", 1234, "1.2.3.4")]
    [InlineData("[1234:5678::abcd]", "[1234:5678::abcd]", null, "1234:5678::abcd")]
    [InlineData("[1234:5678::abcd]:5678", "[1234:5678::abcd]", 5678, "1234:5678::abcd")]
    [InlineData("[::]", "[::]", null, "::")]
    [InlineData("[::FFFF:1.2.3.4]:1", "[::FFFF:1.2.3.4]", 1, "::ffff:1.2.3.4")]
    [InlineData("010.0.0.1", "010.0.0.1", null, "10.0.0.1")]
    [InlineData("localhost", "localhost", null, null)]
    [InlineData("a", "a", null, null)]
    [InlineData("-a-.b--c", "-a-.b--c", null, null)]
    [InlineData("1.2.3", "1.2.3", null, null)]
    [InlineData("1.2.3.4.5", "1.2.3.4.5", null, null)]
    [InlineData("1.2.3.com", "1.2.3.com", null, null)]
    [InlineData("xn--bcher-kva.example:65535", "xn--bcher-kva.example", 65535, null)]
    [InlineData("example.org:00443", "example.org", 443, null)]
    public void Reads_every_form_of_the_grammar(string text, string host, int? port, string? address)
    {
        var understood = ServerName.TryParse(text, out var name, out var problem);

        Assert.True(understood, problem);
        Assert.Equal(host, name!.Host);
        Assert.Equal(port, name.Port);
        Assert.Equal(address is null ? null : IPAddress.Parse(address), name.Address);
        Assert.Equal(address is not null, name.IsIpLiteral);
        Assert.Equal(text, name.ToString());
    }

    [Theory]
    [InlineData("", NoName)]
    [InlineData("  ", NoName)]
    [InlineData("https://matrix.example.com:443/", """give the bare name, for example "matrix.example.com:443" """)]
    [InlineData("https://", """give the bare name, for example "example.org" """)]
    [InlineData("@user:example.com", """give only the server's part of the identifier, for example "example.com" """)]
    [InlineData("#room:example.com:8448", """give only the server's part of the identifier, for example "example.com:8448" """)]
    [InlineData("user@example.com", """give only the server's part of the identifier, for example "example.com" """)]
    [InlineData(" example.com", """take out the space, for example "example.com" """)]
    [InlineData("example.com\n", """take out the space, for example "example.com" """)]
    [InlineData("example.com/", """leave out the path, for example "example.com" """)]
    [InlineData("example.com:443/_matrix", """leave out the path, for example "example.com:443" """)]
    [InlineData("BÜCHER.example:8448", """write an international name in its ASCII form: "xn--bcher-kva.example:8448" """)]
    [InlineData("bu\u0308cher.example", Idn)]
    [InlineData("ü..example", Idn)]
    [InlineData("example.com:４４３", Idn)]
    [InlineData("my_server.example.com", """a server name has no underscore, only letters, digits, "-" and ".", for example "my-server.example.com" """)]
    [InlineData("2001:db8::1", """put the IPv6 address in brackets: "[2001:db8::1]" """)]
    [InlineData("[2001:db8::1", Brackets)]
    [InlineData("[2001:db8::1]8448", Brackets)]
    [InlineData("[1.2.3.4]", Brackets)]
    [InlineData("[fe80::1%eth0]", Brackets)]
    [InlineData("[::1]:0", Brackets)]
    [InlineData("*.example.com", """leave out "*": a server name has only letters, digits, "-" and "." """)]
    [InlineData("example.com\0", """leave out "\u0000": a server name has only letters, digits, "-" and "." """)]
    [InlineData(":8448", """give the name before the port, for example "example.org:8448" """)]
    [InlineData("example.com:", Port)]
    [InlineData("example.com:0", Port)]
    [InlineData("example.com:65536", Port)]
    [InlineData("example.com:000443", Port)]
    [InlineData("example.com:+443", Port)]
    [InlineData("example.com:443:443", Port)]
    [InlineData("example.com.", """leave out the dot at the end, for example "example.com" """)]
    [InlineData("example.com.:8448", """leave out the dot at the end, for example "example.com:8448" """)]
    [InlineData("1.2.3.256", Ipv4)]
    [InlineData("1.2.3.0004", Ipv4)]
    [InlineData("example..com", Label)]
    [InlineData(".example.com", Label)]
    public void Tells_how_to_mend_what_is_not_a_server_name(string text, string remedy)
    {
        var understood = ServerName.TryParse(text, out var name, out var problem);

        Assert.False(understood);
        Assert.Null(name);
        Assert.Equal(remedy.Trim(), problem);
    }

    [Fact]
    public void Takes_255_characters_and_no_more()
    {
        var longest = string.Join('.', Enumerable.Repeat(new string('a', 63), 4));

        Assert.True(ServerName.TryParse(longest + ":8448", out var name, out _));
        Assert.True(name.ExceedsRecommendedLength);
        Assert.False(ServerName.TryParse(longest + ".a", out _, out var problem));
        Assert.Equal("a server name has at most 255 characters, and 230 are recommended", problem);
        Assert.False(ServerName.TryParse(new string('a', 64) + ".org", out _, out problem));
        Assert.Equal(Label, problem);
    }

    [Theory]
    [InlineData(230, false)]
    [InlineData(231, true)]
    public void Knows_the_recommended_length(int length, bool exceeds)
    {
        var text = string.Concat(Enumerable.Repeat("ab.", 76)).PadRight(length, 'c');

        Assert.True(ServerName.TryParse(text, out var name, out _));
        Assert.Equal(exceeds, name.ExceedsRecommendedLength);
    }

    [Fact]
    public void Keeps_upper_case_apart()
    {
        Assert.True(ServerName.TryParse("Example.org", out var upper, out _));
        Assert.True(ServerName.TryParse("example.org", out var lower, out _));
        Assert.True(ServerName.TryParse("example.org", out var again, out _));

        Assert.True(upper.HasUpperCase);
        Assert.False(lower.HasUpperCase);
        Assert.NotEqual(upper, lower);
        Assert.Equal(lower, again);
    }
}
