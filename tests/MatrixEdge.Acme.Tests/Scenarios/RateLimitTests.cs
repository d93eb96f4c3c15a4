using System.Globalization;
using MatrixEdge.Certificates.Ordering;

namespace MatrixEdge.Acme.Tests.Scenarios;

/// <summary>An authority that says when it wants to be asked again is not asked before, and then it is.</summary>
public sealed class RateLimitTests
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Scenario_18_A_rate_limit_is_kept_to_the_second_over_restarts_and_shown(bool isDate)
    {
        AcmeTools.SkipWithoutPebble();
        await using var pebble = await PebbleServer.StartAsync(new PebbleOptions { EverythingValid = true }, Stop);
        await using var proxy = await FaultProxy.StartAsync(pebble, Stop);
        await using var gateway = new AcmeGateway(pebble) { DirectoryUri = proxy.DirectoryUri };
        proxy.FollowClock(gateway.Time);
        var before = gateway.Time.GetUtcNow();
        proxy.On(AcmeRequest.NewOrder).Once().Problem(429, "rateLimited", "too many certificates for these names", ("Retry-After", In(Hour, isDate)));

        await gateway.StartAsync();
        var log = await gateway.Events.WaitForAsync("too many certificates for these names");
        await gateway.Source().LookAsync(Stop);
        var (status, asked) = (gateway.Source().Status, proxy.Requests.Count);

        Assert.Equal(FailureKind.RateLimited, status.State.LastFailure!.Kind);
        Assert.Contains("too many certificates for these names", status.State.LastFailure.Message, StringComparison.Ordinal);
        Assert.InRange(status.State.NextAttempt!.Value, before + Hour - TimeSpan.FromSeconds(1), gateway.Time.GetUtcNow() + Hour + TimeSpan.FromSeconds(31));
        Assert.Equal(status.State.NextAttempt, status.Next.Due);
        Assert.Contains(status.State.NextAttempt.Value.ToString("u", CultureInfo.InvariantCulture), log, StringComparison.Ordinal);

        await gateway.AdvanceAsync(TimeSpan.FromMinutes(30));
        await gateway.RestartAsync();
        Assert.Equal((status.State.NextAttempt, status.State.LastFailure), (gateway.Source().Status.Next.Due, gateway.Source().Status.State.LastFailure));
        await gateway.AdvanceAsync(before + Hour - gateway.Time.GetUtcNow() - TimeSpan.FromSeconds(5));

        // The operator's wish changes nothing about the authority's.
        var outcome = gateway.Source().RenewAsync("by hand", Stop);
        Assert.False((await outcome).Succeeded);
        Assert.Contains("too many certificates for these names", (await outcome).Message, StringComparison.Ordinal);
        Assert.Equal(asked, proxy.Requests.Count);

        await gateway.AdvanceAsync(TimeSpan.FromSeconds(40));
        await gateway.NewSerialAsync();
        Assert.Equal(2, proxy.Count(AcmeRequest.NewOrder));
        Assert.Null(gateway.Source().Status.State.LastFailure);
    }

    [Theory]
    [InlineData("Directory", false)]
    [InlineData("Directory", true)]
    [InlineData("NewNonce", false)]
    [InlineData("NewAccount", false)]
    [InlineData("NewOrder", true)]
    [InlineData("Authorization", false)]
    [InlineData("Challenge", true)]
    [InlineData("Finalize", true)]
    [InlineData("Certificate", false)]
    public async Task Scenario_19_A_load_balancer_that_has_nobody_behind_it_is_waited_for(string request, bool isDate)
    {
        AcmeTools.SkipWithoutPebble();
        var kind = Enum.Parse<AcmeRequest>(request);
        await using var pebble = await PebbleServer.StartAsync(new PebbleOptions { EverythingValid = true }, Stop);
        await using var proxy = await FaultProxy.StartAsync(pebble, Stop);
        await using var gateway = new AcmeGateway(pebble) { DirectoryUri = proxy.DirectoryUri, Sites = [AcmeGateway.Site("example.com")] };
        proxy.FollowClock(gateway.Time);
        var before = gateway.Time.GetUtcNow();
        proxy.On(kind).Once().Unavailable(In(Hour, isDate));

        await gateway.StartAsync();
        var log = await gateway.Events.WaitForAsync("No new certificate for example.com");
        await gateway.Source().LookAsync(Stop);
        var (state, asked) = (gateway.Source().Status.State, proxy.Requests.Count);

        Assert.StartsWith("Warning", log.Replace("Error", "Warning", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Equal(FailureKind.RateLimited, state.LastFailure!.Kind);
        Assert.Contains("503", state.LastFailure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("<html>", state.LastFailure.Message, StringComparison.Ordinal);
        Assert.Equal(1, proxy.Count(kind));
        Assert.True(state.NextAttempt >= before + Hour - TimeSpan.FromSeconds(1), $"{state.NextAttempt:u}");

        await gateway.AdvanceAsync(before + Hour - gateway.Time.GetUtcNow() - TimeSpan.FromSeconds(5));
        await gateway.RestartAsync();
        await gateway.Source().LookAsync(Stop);
        Assert.Equal(asked, proxy.Requests.Count);

        await gateway.AdvanceAsync(TimeSpan.FromSeconds(45));
        await gateway.NewSerialAsync(serverName: "example.com");
        Assert.Equal(1, proxy.CountDone(AcmeRequest.NewOrder));
        Assert.Equal(1, proxy.CountDone(AcmeRequest.Finalize));
    }

    [Fact]
    public async Task Scenario_19_Without_a_time_it_is_asked_again_soon_and_less_and_less_often()
    {
        AcmeTools.SkipWithoutPebble();
        await using var pebble = await PebbleServer.StartAsync(new PebbleOptions { EverythingValid = true }, Stop);
        await using var proxy = await FaultProxy.StartAsync(pebble, Stop);
        await using var gateway = new AcmeGateway(pebble) { DirectoryUri = proxy.DirectoryUri };
        proxy.FollowClock(gateway.Time);
        var rule = proxy.On(AcmeRequest.NewOrder).Unavailable();
        await gateway.StartAsync();
        await gateway.Source().LookAsync(Stop);

        var delays = new List<TimeSpan>();
        for (var failure = 0; failure < 8; failure++)
        {
            var state = gateway.Source().Status.State;
            Assert.Equal(FailureKind.Unreachable, state.LastFailure!.Kind);
            delays.Add(state.NextAttempt!.Value - state.LastFailure.At);
            await gateway.AdvanceAsync(state.NextAttempt.Value - gateway.Time.GetUtcNow() + TimeSpan.FromSeconds(1));
        }

        rule.Remove();
        await gateway.AdvanceAsync(gateway.Source().Status.State.NextAttempt!.Value - gateway.Time.GetUtcNow() + TimeSpan.FromSeconds(1));
        await gateway.NewSerialAsync();

        Assert.InRange(delays[0], TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(6));
        Assert.Equal(delays.Order(), delays);
        Assert.InRange(delays[^1], TimeSpan.FromMinutes(30), TimeSpan.FromMinutes(36));
    }

    private static string In(TimeSpan span, bool isDate) => isDate
        ? (DateTimeOffset.UtcNow + span).ToString("r", CultureInfo.InvariantCulture)
        : span.TotalSeconds.ToString(CultureInfo.InvariantCulture);
}
