using MatrixEdge.Sites;

namespace MatrixEdge.Tests.Sites;

public sealed class TargetTracesTests
{
    [Theory]
    [InlineData("/_matrix/federation/v1/send_join/!a:b.example/%24e", "Synapse/1.160.0", "a plain !, which Synapse sends as %21")]
    [InlineData("/_matrix/federation/v1/event/$e", "Synapse/1.160.0", "a plain $, which Synapse sends as %24")]
    [InlineData("/_matrix/federation/v1/user/devices/%40a:b.example", "Synapse/1.2.3 (b=x)", "a plain :, which Synapse sends as %3A")]
    [InlineData("/_matrix/federation/v1/state/%21a%3ab.example", "Synapse/1.160.0", "%3a, which Synapse sends as %3A")]
    [InlineData("/_matrix/federation/v1/state/!a:b.example", "Dendrite/0.13.7+abc", "a plain !, which Dendrite sends as %21")]
    [InlineData("/_matrix/federation/v1/state/%2521a%253Ab.example", "", "%2521, an escape that was encoded once more")]
    [InlineData("/_matrix/federation/v1/event/%2524e", "conduwuit/0.5", "%2524, an escape that was encoded once more")]
    public void What_the_sender_cannot_have_written_is_found(string path, string userAgent, string trace) =>
        Assert.Equal("The path holds " + trace, TargetTraces.Find(path, userAgent));

    [Theory]
    [InlineData("/_matrix/federation/v2/send_join/%21a%3Ab.example/%24e-_.~", "Synapse/1.160.0")]
    [InlineData("/_matrix/federation/v1/state/%21a:b.example", "Dendrite/0.13.7")]
    [InlineData("/_matrix/federation/v1/event/$e:b.example@c", "Dendrite/0.13.7")]
    [InlineData("/_matrix/federation/v1/state/!a:b.example", "conduwuit/0.5.0")]
    [InlineData("/_matrix/federation/v1/state/!a:b.example", "")]
    [InlineData("/_matrix/federation/v1/query/directory/%23a%252Fb", "Synapse/1.160.0")] // an alias may hold anything
    [InlineData("", "Synapse/1.160.0")]
    [InlineData("/%", "Synapse/1.160.0")]
    public void What_it_may_have_written_is_not(string path, string userAgent) => Assert.Null(TargetTraces.Find(path, userAgent));
}
