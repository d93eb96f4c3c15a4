using System.Text;

namespace MatrixEdge.Acme.Tests.Protocol;

public sealed class ProblemTests
{
    [Fact]
    public void Keeps_the_servers_words_and_those_about_each_name()
    {
        var problem = Read("""
            {"type":"urn:ietf:params:acme:error:rateLimited","detail":"too many certificates","status":429,"title":"Slow down","instance":"https://ca.example/limits",
             "subproblems":[{"type":"urn:ietf:params:acme:error:dns","detail":"no such host","identifier":{"type":"dns","value":"example.com"} },
                            {"type":"urn:ietf:params:acme:error:caa","detail":"forbidden","identifier":{"type":"dns","value":"example.org"} }]}
            """)!;

        Assert.True(problem.Is(AcmeErrors.RateLimited));
        Assert.False(problem.Is(AcmeErrors.Dns));
        Assert.Equal(429, problem.Status);
        Assert.Equal("Slow down", problem.Title);
        Assert.Equal(new Uri("https://ca.example/limits"), problem.Instance);
        Assert.Equal(AcmeIdentifier.Of("example.org"), problem.Subproblems[1].Identifier);
        Assert.Equal("rateLimited: too many certificates (example.com: dns: no such host; example.org: caa: forbidden)", problem.ToString());
    }

    [Theory]
    [InlineData("""{"type":"urn:ietf:params:acme:error:dns"}""", "dns")]
    [InlineData("""{"type":"about:blank","title":"Bad Gateway"}""", "Bad Gateway")]
    [InlineData("""{"detail":"line one\r\nline\u0000 two\u202e"}""", "line one line two")]
    [InlineData("""{"type":7,"detail":"kept","status":"many","subproblems":[1,null,"x",{"detail":[]},{"detail":"inner","identifier":7}],"instance":"javascript:alert(1)"}""", "kept (no reason given; inner)")]
    [InlineData("""{"type":"https://ca.example/errors/odd","detail":"odd","status":1e99}""", "https://ca.example/errors/odd: odd")]
    public void Makes_the_best_of_what_is_there(string json, string expected) => Assert.Equal(expected, Read(json)!.ToString());

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"status":"valid"}""")]
    [InlineData("<html><body>503</body></html>")]
    [InlineData("{\"detail\":\"cut off")]
    public void Takes_nothing_else_for_a_problem(string body) => Assert.Null(Read(body));

    [Fact]
    public void Does_not_let_a_server_flood_the_log()
    {
        var many = string.Join(',', Enumerable.Repeat("""{"detail":"x"}""", 1000));

        var problem = Read($$"""{"detail":"{{new string('y', 100_000)}}","subproblems":[{{many}}]}""")!;

        Assert.Equal(2000, problem.Detail!.Length);
        Assert.EndsWith("; x; and 190 more)", problem.ToString());
        Assert.True(problem.ToString().Length < 2200);
    }

    private static AcmeProblem? Read(string json) => ProblemReading.Find(Encoding.UTF8.GetBytes(json));
}
