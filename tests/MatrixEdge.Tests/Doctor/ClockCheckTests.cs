using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using MatrixEdge.Delegation;
using MatrixEdge.Doctor.Checks;
using MatrixEdge.Doctor.Gathering;
using MatrixEdge.Doctor.Looking;
using MatrixEdge.Observability;
using MatrixEdge.Protocol;

namespace MatrixEdge.Tests.Doctor;

public sealed class ClockCheckTests
{
    private static readonly DateTimeOffset Begun = new(2026, 5, 4, 3, 2, 1, TimeSpan.Zero);

    // Seconds after the examination began; how long the answer took; what its Date says.
    [Theory]
    [InlineData(1, 1, 1, nameof(FindingOutcome.Ok))]
    [InlineData(1, 1, 59, nameof(FindingOutcome.Ok))]
    [InlineData(1, 1, 62, nameof(FindingOutcome.Warn))]
    [InlineData(1, 1, 302, nameof(FindingOutcome.Fail))]
    [InlineData(1, 1, -62, nameof(FindingOutcome.Warn))]
    [InlineData(1, 1, -302, nameof(FindingOutcome.Fail))]
    // A slow examination or a slow answer is no wrong clock.
    [InlineData(400, 1, 400, nameof(FindingOutcome.Ok))]
    [InlineData(400, 1, 0, nameof(FindingOutcome.Fail))]
    [InlineData(400, 390, 11, nameof(FindingOutcome.Ok))]
    [InlineData(400, 390, 399, nameof(FindingOutcome.Ok))]
    public void Judges_by_when_the_answer_came(int at, int took, int date, string outcome)
    {
        Assert.Equal(outcome, Examine(at, took, ("Date", (Begun + TimeSpan.FromSeconds(date)).ToString("R", CultureInfo.InvariantCulture))).Outcome.ToString());
    }

    [Fact]
    public void Believes_no_answer_that_a_cache_kept()
    {
        Assert.Equal(FindingOutcome.Skip, Examine(1, 1, ("Date", "Mon, 04 May 2020 03:02:01 GMT"), ("Age", "60")).Outcome);
    }

    private static Finding Examine(int at, int took, params (string, string)[] headers)
    {
        Assert.True(ServerName.TryParse("example.org", out var name, out _));
        var endPoint = new IPEndPoint(IPAddress.Parse(World.V4), 8448);
        var keys = new HttpLook(new LookRequest("example.org", "example.org", "/_matrix/key/v2/server"), endPoint, null, 200, [.. headers], default, null)
        {
            At = Begun + TimeSpan.FromSeconds(at),
            Took = TimeSpan.FromSeconds(took),
        };
        var facts = new Facts(name, Begun, null)
        {
            Federation = new FederationFacts([new FederationLook(new DiscoveredTarget("example.org", 8448), endPoint, keys, null)]),
            ClientApi = new ClientApiFacts(new Uri("https://example.org"), "the server name", new HostAddresses("example.org", [], null, null), ImmutableArray<Visit>.Empty),
        };
        return new ClockCheck().Examine(facts);
    }
}
