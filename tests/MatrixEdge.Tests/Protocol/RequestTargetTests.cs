using MatrixEdge.Configuration;
using MatrixEdge.Protocol;
using MatrixEdge.Proxying;
using MatrixEdge.Tests.Support;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace MatrixEdge.Tests.Protocol;

public sealed class RequestTargetTests
{
    [Theory]
    [InlineData("/_matrix/client/versions", false)]
    [InlineData("/_matrix/client/v3/rooms/!a:b/send/m.room.message/1.2.3", false)]
    [InlineData("/_matrix/a/...", false)]
    [InlineData("/_matrix/a/.b/..c/d../e.", false)]
    [InlineData("/_matrix/a/%2e%2ea", false)]
    [InlineData("/_matrix/a%2Fb%2fc/%5C", false)]
    [InlineData("/_matrix/a%2F.%2Fb", false)]
    [InlineData("/_matrix/%252e%252e/b", false)]
    [InlineData("/_matrix/state/m.type/", false)]
    [InlineData("/_matrix/%", false)]
    [InlineData("/_matrix/%2", false)]
    [InlineData("/_matrix/.", true)]
    [InlineData("/_matrix/..", true)]
    [InlineData("/_matrix/../x", true)]
    [InlineData("/_matrix/./x", true)]
    [InlineData("/_matrix/%2e/x", true)]
    [InlineData("/_matrix/%2e%2E/x", true)]
    [InlineData("/_matrix/.%2e/x", true)]
    [InlineData("/_matrix/%2E.", true)]
    [InlineData("/_matrix/a%2F..%2Fb", true)]
    [InlineData("/_matrix/a%2f%2e%2e", true)]
    [InlineData("/_matrix/..%2fb", true)]
    [InlineData("/_matrix/..%5cb", true)]
    [InlineData("/_matrix//x", true)]
    [InlineData("/_matrix/x//", true)]
    [InlineData("/_matrix\\x", true)]
    [InlineData("/_matrix/%00", true)]
    public void Paths_that_could_be_read_in_two_ways_are_recognised(string path, bool ambiguous)
    {
        Assert.Equal(ambiguous, RequestTarget.Parse(path).IsAmbiguous());
        Assert.Equal(ambiguous, RequestTarget.Parse(path + "?next=/../..//%00\\").IsAmbiguous());
    }

    [Theory]
    [InlineData("/a?b", "/a?b")]
    [InlineData("https://example.com/a%2Fb?c", "/a%2Fb?c")]
    [InlineData("http://example.com", "/")]
    [InlineData("http://example.com?a=/b", "/?a=/b")]
    [InlineData("*", "*")]
    public void An_absolute_target_loses_scheme_and_authority(string raw, string expected)
    {
        var context = new DefaultHttpContext();
        context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget = raw;

        Assert.Equal(expected, RequestTarget.OriginForm(context));
    }

    /// <summary>No spelling, however it is made up, gets an administrator's path to the homeserver.</summary>
    [Fact]
    public void No_generated_path_leads_out_of_what_is_public()
    {
        using var folder = new TemporaryFolder();
        var (settings, _) = UnderstoodConfiguration.Soundly(folder, """
            {
              "MatrixEdge": {
                "Certificate": { "Source": "Local" },
                "Sites": [{
                  "ServerName": "example.com",
                  "Homeserver": { "Address": "http://127.0.0.1:8008" },
                  "Expose": [{ "Path": "/_synapse/admin/", "AllowFrom": ["10.0.0.0/8"] }]
                }]
              }
            }
            """);
        var routes = new RouteTable(settings.Sites[0]);
        var random = new Random(20261121);
        string[] pieces = ["/", "//", "..", ".", "%2e", "%2E", "%2f", "%2F", "%5c", "\\", "_synapse", "_matrix", "admin", "client", "_Synapse", "%5f", "synapse", "v1", "%00", ";", "a", "?", "%", "%252e"];
        for (var i = 0; i < 200_000; i++)
        {
            var path = "/" + string.Concat(Enumerable.Range(0, random.Next(1, 12)).Select(_ => pieces[random.Next(pieces.Length)]));
            var target = RequestTarget.Parse(path);
            if (routes.Find(target, "192.0.2.1") != Destination.Homeserver)
                continue;

            // As the most helpful of backends would read it: everything decoded, separators alike, dots resolved.
            var resolved = new Stack<string>();
            foreach (var segment in Uri.UnescapeDataString(target.Path.ToString()).Replace('\\', '/').Split('/', StringSplitOptions.RemoveEmptyEntries))
            {
                if (segment == "..")
                    resolved.TryPop(out _);
                else if (segment != ".")
                    resolved.Push(segment);
            }

            var normal = "/" + string.Join('/', resolved.Reverse()) + "/";
            Assert.False(normal.StartsWith("/_synapse/admin/", StringComparison.OrdinalIgnoreCase), $"{path} is read as {normal}");
        }
    }
}
