using System.Text.Json.Nodes;
using MatrixEdge.Certificates.Ordering;
using MatrixEdge.Configuration;
using MatrixEdge.Listening;

namespace MatrixEdge.Acme.Tests.Scenarios;

/// <summary>Several authorities: the second one stands in, and the first one is not forgotten.</summary>
public sealed class IssuersTests
{
    private const string KeyId = "kid-1";
    private const string Key = "zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W";

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Scenario_21_A_second_authority_with_a_binding_stands_in_and_the_first_is_returned_to(bool restarts)
    {
        AcmeTools.SkipWithoutPebble();
        await using var stage = await Stage.OpenAsync();
        var (gateway, first, second) = (stage.Gateway, stage.First, stage.Second);
        await gateway.StartAsync();
        var one = await gateway.NewSerialAsync();

        // Down: three failures, the third of which leads to the second authority within seconds.
        var down = first.On().RequestLost();
        var begin = gateway.Time.GetUtcNow();
        var outcome = await gateway.RenewAsync();
        var states = new List<RenewalState> { gateway.Source().Status.State };
        while (gateway.Source().Status.State.Failures is > 0 and < 10)
        {
            if (restarts)
                await gateway.RestartAsync();
            await gateway.NextAttemptAsync();
            states.Add(gateway.Source().Status.State);
        }

        var took = gateway.Time.GetUtcNow() - begin;
        var two = await gateway.NewSerialAsync(one);

        Assert.False(outcome.Succeeded);
        Assert.Equal([1, 2, 3, 0], states.Select(state => state.Failures));
        Assert.Equal([null, null, stage.IdOfSecond, null], states.Select(state => state.Issuer));
        Assert.True(took < TimeSpan.FromMinutes(3), $"It took {took}");
        Assert.True(down.Hits >= 3);
        Assert.Equal(1, second.CountDone(AcmeRequest.NewOrder));
        Assert.False(second.Requests.Single(request => request is { Kind: AcmeRequest.NewOrder, IsDone: true }).Payload!.Value.TryGetProperty("replaces", out _));
        Assert.True(second.Requests.Single(request => request is { Kind: AcmeRequest.NewAccount, IsDone: true }).Payload!.Value.TryGetProperty("externalAccountBinding", out _));
        Assert.Equal(stage.IdOfSecond, OriginOf(gateway).Issuer);

        // Renewal information of the second one's certificate comes from there.
        await second.SeenAsync(AcmeRequest.RenewalInfo, 1, Stop);

        // Back: asked first again, and it does not hear of the other's certificate.
        down.Remove();
        var before = second.Count(AcmeRequest.NewOrder);
        var back = await gateway.RenewAsync();
        await gateway.NewSerialAsync(two);

        Assert.True(back.Succeeded, back.Message);
        Assert.Equal(before, second.Count(AcmeRequest.NewOrder));
        Assert.Equal(2, first.CountDone(AcmeRequest.NewOrder));
        Assert.False(first.Requests.Last(request => request is { Kind: AcmeRequest.NewOrder, IsDone: true }).Payload!.Value.TryGetProperty("replaces", out _));
        Assert.Equal(1, first.CountDone(AcmeRequest.NewAccount));
        Assert.NotEqual(stage.IdOfSecond, OriginOf(gateway).Issuer);
    }

    [Fact]
    public async Task Scenario_21_Without_a_certificate_the_second_authority_is_asked_sooner()
    {
        AcmeTools.SkipWithoutPebble();
        await using var stage = await Stage.OpenAsync();
        var (gateway, first, second) = (stage.Gateway, stage.First, stage.Second);
        first.On().RequestLost();

        await gateway.StartAsync();
        await gateway.HurryAsync(gateway.NewSerialAsync());

        Assert.Equal(2, gateway.Events.Messages.Count(message => message.Contains("No new certificate", StringComparison.Ordinal)));
        Assert.Equal(1, second.CountDone(AcmeRequest.NewOrder));
    }

    [Fact]
    public async Task Scenario_21_An_authority_that_names_a_time_is_left_alone_until_then_and_the_second_is_asked_at_once()
    {
        AcmeTools.SkipWithoutPebble();
        await using var stage = await Stage.OpenAsync();
        var (gateway, first, second) = (stage.Gateway, stage.First, stage.Second);
        first.FollowClock(gateway.Time);
        second.FollowClock(gateway.Time);
        await gateway.StartAsync();
        var one = await gateway.NewSerialAsync();
        var limit = first.On(AcmeRequest.NewOrder).Problem(429, "rateLimited", "too many certificates", ("Retry-After", "36000"));

        var outcome = await gateway.RenewAsync();
        var two = await gateway.HurryAsync(gateway.NewSerialAsync(one)); // by the loop itself: where it is quick, its next look is not this attempt any more
        var asked = first.Count(AcmeRequest.NewOrder);
        var sooner = await gateway.RenewAsync(); // by the second one again, though the first would be its turn
        await gateway.NewSerialAsync(two);
        var askedSooner = first.Count(AcmeRequest.NewOrder);
        var done = first.CountDone(AcmeRequest.NewOrder);
        limit.Remove();
        gateway.Time.Advance(TimeSpan.FromHours(10) + TimeSpan.FromMinutes(2));
        var later = await gateway.RenewAsync();

        Assert.False(outcome.Succeeded);
        Assert.Equal(1, limit.Hits);
        Assert.True(sooner.Succeeded, sooner.Message);
        Assert.Equal(asked, askedSooner);
        Assert.Equal(2, second.CountDone(AcmeRequest.NewOrder));
        Assert.True(later.Succeeded, later.Message);
        Assert.Equal(done + 1, first.CountDone(AcmeRequest.NewOrder));
    }

    [Fact]
    public async Task Scenario_21_With_both_away_they_are_asked_in_turn_and_whoever_is_back_first_issues()
    {
        AcmeTools.SkipWithoutPebble();
        await using var stage = await Stage.OpenAsync();
        var (gateway, first, second) = (stage.Gateway, stage.First, stage.Second);
        first.FollowClock(gateway.Time);
        second.FollowClock(gateway.Time);
        await gateway.StartAsync();
        var one = await gateway.NewSerialAsync();
        var (downOne, downTwo) = (first.On().RequestLost(), second.On().Unavailable());

        await gateway.RenewAsync();
        var turns = new List<string?>();
        var gaps = new List<TimeSpan>();
        for (var i = 0; i < 15; i++)
        {
            var before = gateway.Source().Status.State;
            turns.Add(before.Issuer);
            gaps.Add(before.NextAttempt!.Value - before.LastFailure!.At);
            await gateway.NextAttemptAsync();
            Assert.Equal(before.Failures + 1, gateway.Source().Status.State.Failures);
        }

        var served = await gateway.SerialAsync(ListenerKind.Federation);
        downTwo.Remove();
        while (gateway.Source().Status.State.Failures > 0)
            await gateway.NextAttemptAsync();
        await gateway.NewSerialAsync(one);

        Assert.True(downOne.Hits > 10);
        Assert.InRange(turns.Count(turn => turn is null), 5, 10);
        Assert.InRange(turns.Count(turn => turn == stage.IdOfSecond), 5, 10);
        Assert.True(gaps.Skip(6).Max() > TimeSpan.FromMinutes(5), $"It never becomes patient: {string.Join(", ", gaps)}");
        Assert.True(gaps.Max() <= TimeSpan.FromHours(7.2));
        Assert.Equal(one, served);
        Assert.Equal(stage.IdOfSecond, OriginOf(gateway).Issuer);
    }

    [Fact]
    public async Task Scenario_21_What_only_an_operator_can_mend_at_the_first_does_not_wait_with_a_second()
    {
        AcmeTools.SkipWithoutPebble();
        await using var stage = await Stage.OpenAsync();
        var (gateway, first, second) = (stage.Gateway, stage.First, stage.Second);
        var caa = first.On(AcmeRequest.NewOrder).Problem(403, "caa", "CAA record for example.com prevents issuance");

        await gateway.StartAsync();
        await gateway.HurryAsync(gateway.NewSerialAsync());

        Assert.Equal(1, caa.Hits);
        Assert.Equal(1, second.CountDone(AcmeRequest.NewOrder));
        await gateway.Events.WaitForAsync("A CAA record in the DNS forbids this authority to issue");
    }

    private static CertificateOrigin OriginOf(AcmeGateway gateway) =>
        CertificateOrigin.Read(File.ReadAllText(Path.Combine(gateway.SiteFolder(), gateway.Generations()[^1])));

    /// <summary>Two Pebbles behind a proxy each, the second for customers only, and a gateway that knows both.</summary>
    private sealed class Stage(PebbleServer one, PebbleServer two, FaultProxy first, FaultProxy second, AcmeGateway gateway) : IAsyncDisposable
    {
        public FaultProxy First => first;

        public FaultProxy Second => second;

        public AcmeGateway Gateway => gateway;

        public string IdOfSecond => IssuerSettings.IdOf(second.DirectoryUri);

        public static async Task<Stage> OpenAsync()
        {
            var one = await PebbleServer.StartAsync(new PebbleOptions(), Stop);
            var two = await PebbleServer.StartAsync(
                new PebbleOptions { HttpPort = one.HttpPort, TlsPort = one.TlsPort, ExternalAccountKeys = new Dictionary<string, string> { [KeyId] = Key } }, Stop);
            var (first, second) = (await FaultProxy.StartAsync(one, Stop), await FaultProxy.StartAsync(two, Stop));
            var gateway = new AcmeGateway(one) { DirectoryUri = first.DirectoryUri };
            gateway.Certificate["FallbackIssuers"] = new JsonArray(new JsonObject
            {
                ["DirectoryUri"] = second.DirectoryUri.AbsoluteUri,
                ["TrustedRoots"] = two.RootsFile,
                ["ExternalAccountBinding"] = new JsonObject { ["KeyId"] = KeyId, ["Key"] = Key },
            });
            return new Stage(one, two, first, second, gateway);
        }

        public async ValueTask DisposeAsync()
        {
            await gateway.DisposeAsync();
            await first.DisposeAsync();
            await second.DisposeAsync();
            await one.DisposeAsync();
            await two.DisposeAsync();
        }
    }
}
