using MatrixEdge.Sites;

namespace MatrixEdge.Tests.Sites;

public sealed class RefusalExplanationTests
{
    private const string NoKey = "Failed to find any key to satisfy: _FetchKeyRequest(server_name='a.example', minimum_valid_until_ts=1, key_ids=['ed25519:1'])";
    private const string Invalid = "Invalid signature for server a.example with key ed25519:1: Unable to verify signature for a.example";

    // Words of Synapse 1.160, Dendrite 0.13 and conduwuit 0.5 as their sources have them.
    [Theory]
    [InlineData(401, NoKey, "Key", "From the homeserver's host, run: matrixedge doctor a.example")]
    [InlineData(403, "Failed to fetch signing keys: Request error", "Key", "cannot reach a.example")]
    [InlineData(401, "Server signing key ed25519:1 for server a.example has been banned by this server", "Key", "a.example")]
    [InlineData(401, Invalid, "Signature", "signs with another key than it publishes")]
    [InlineData(401, "Invalid request signature", "Signature", "What a.example signed is not what arrived")]
    [InlineData(403, "Failed to verify X-Matrix signatures.", "Signature", "What a.example signed")]
    [InlineData(403, "Federation denied with a.example.", "Permission", "federation_domain_whitelist")]
    [InlineData(403, "Federation requests from a.example denied.", "Permission", "forbidden_remote_server_names")]
    [InlineData(401, "Destination mismatch in auth header, received: 'example.com'", "Destination", "compare its server_name with MatrixEdge:Sites:…:ServerName")]
    [InlineData(403, "Invalid destination.", "Destination", "another name than this site")]
    [InlineData(401, "Because.", "Other", "see the homeserver's own log")]
    [InlineData(401, null, "Other", "see the homeserver's own log")]
    [InlineData(429, "Too Many Requests", "Limit", "rc_federation in Synapse")]
    [InlineData(500, "Internal server error", "Failure", "its log says why")]
    [InlineData(504, null, "Failure", "its log says why")]
    public void The_homeserver_s_words_name_the_cause(int status, string? error, string cause, string words)
    {
        var refusal = RefusalExplanation.Of(new RefusalFacts(status, "a.example") { Error = error });

        Assert.Equal(cause, refusal?.Cause.ToString());
        Assert.Contains(words, refusal!.Words, StringComparison.Ordinal);
        Assert.DoesNotContain(".", refusal.Words[^1..], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(200, "Fine")]
    [InlineData(403, "Host not in room.")]
    [InlineData(403, "You are not invited to this room.")]
    [InlineData(403, null)]
    [InlineData(400, "Bad JSON")]
    [InlineData(404, "Event not found.")]
    public void What_happens_between_servers_that_understand_each_other_is_no_refusal(int status, string? error) =>
        Assert.Null(RefusalExplanation.Of(new RefusalFacts(status, "a.example") { Error = error }));

    [Theory]
    [InlineData(400, "Unrecognised server name \"other.example\" for Destination")]
    [InlineData(401, Invalid)]
    [InlineData(403, "Invalid destination.")]
    [InlineData(401, null)]
    public void What_was_meant_for_another_server_says_why_it_came_here(int status, string? error)
    {
        var refusal = RefusalExplanation.Of(new RefusalFacts(status, "a.example") { Error = error, Misdirected = "A document leads here" });

        Assert.Equal(new Refusal(RefusalCause.Destination, "A document leads here"), refusal);
    }

    [Theory]
    [InlineData(401, NoKey, 7200, null, "Clock", "the homeserver's clock is 2 hours ahead of this host's")]
    [InlineData(401, NoKey, -600, null, "Clock", "the homeserver's clock is 10 minutes behind this host's")]
    [InlineData(401, null, -864000, null, "Clock", "10 days behind")]
    [InlineData(401, NoKey, 2, null, "Key", "cannot reach a.example")]
    [InlineData(401, NoKey, 2, "the clock of matrix.example.com is 9 minutes ahead of this host's", "Clock", "clocks do not agree: the clock of matrix.example.com is 9 minutes ahead of this host's. Let")]
    [InlineData(401, Invalid, 7200, "the clock of matrix.example.com is behind", "Signature", "What a.example signed")] // a signature knows no time
    public void A_wrong_clock_is_why_keys_are_not_found(int status, string? error, int ahead, string? clock, string cause, string words)
    {
        var refusal = RefusalExplanation.Of(new RefusalFacts(status, "a.example") { Error = error, HomeserverAhead = TimeSpan.FromSeconds(ahead), Clock = clock });

        Assert.Equal(cause, refusal?.Cause.ToString());
        Assert.Contains(words, refusal!.Words, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/_matrix/federation/v1/state/!a:b.example", "Synapse/1.160.0", "", "The path holds a plain !, which Synapse sends as %21: something in front of the gateway decodes")]
    [InlineData("/_matrix/federation/v1/state/%2521a%253Ab.example", "", "Via", "The path holds %2521, an escape that was encoded once more: something in front of the gateway (Via) decodes")]
    public void A_path_that_was_changed_on_the_way_is_told_with_what_to_change(string path, string userAgent, string inFront, string words)
    {
        foreach (var error in new[] { Invalid, null })
        {
            var refusal = RefusalExplanation.Of(new RefusalFacts(401, "a.example") { Error = error, Path = path, UserAgent = userAgent, InFront = inFront });

            Assert.Equal(RefusalCause.Path, refusal?.Cause);
            Assert.StartsWith(words, refusal!.Words, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Something_in_front_is_suspected_where_no_trace_of_it_is_in_the_path()
    {
        var refusal = RefusalExplanation.Of(new RefusalFacts(401, "a.example") { Error = Invalid, InFront = "CF-Ray, CDN-Loop" });

        Assert.Equal(RefusalCause.Signature, refusal?.Cause);
        Assert.Contains("Something stands in front of the gateway (CF-Ray, CDN-Loop): perhaps", refusal!.Words, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(429, "too many requests of one client", "MatrixEdge:Limits")]
    [InlineData(502, "the homeserver could not be reached", "The homeserver could not be reached")]
    public void What_the_gateway_answered_itself_is_told_as_such(int status, string reason, string words) =>
        Assert.Contains(words, RefusalExplanation.Of(new RefusalFacts(status, "a.example") { Reason = reason })!.Words, StringComparison.Ordinal);
}
