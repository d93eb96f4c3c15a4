namespace MatrixEdge.Acme.Tests.Scenarios;

/// <summary>A clock that is wrong makes good certificates look expired, and bad ones good; the authority's own decides.</summary>
public sealed class ClockTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1, "ahead of")]
    [InlineData(-1, "behind")]
    [InlineData(200, "ahead of")]
    [InlineData(-200, "behind")]
    public async Task Scenario_29_With_a_wrong_clock_one_certificate_is_ordered_and_the_clock_is_told(int days, string direction)
    {
        AcmeTools.SkipWithoutPebble();
        await using var pebble = await PebbleServer.StartAsync(new PebbleOptions(), Stop);
        await using var gateway = new AcmeGateway(pebble);
        gateway.Time.Jump(TimeSpan.FromDays(days));

        await gateway.StartAsync();
        var serial = await gateway.NewSerialAsync();
        for (var look = 0; look < 10; look++)
            await gateway.AdvanceAsync(TimeSpan.FromMinutes(10));
        await gateway.Events.WaitForAsync($"This computer's clock is {direction} that of 127.0.0.1");
        await gateway.RestartAsync();
        await gateway.AdvanceAsync(TimeSpan.FromMinutes(10));

        Assert.Equal(serial, await gateway.NewSerialAsync());
        Assert.Equal(1, pebble.Orders);
    }

    [Fact]
    public async Task Scenario_29_A_clock_that_is_set_back_leaves_no_plans_in_the_far_future()
    {
        AcmeTools.SkipWithoutPebble();
        await using var pebble = await PebbleServer.StartAsync(new PebbleOptions(), Stop);
        await using var proxy = await FaultProxy.StartAsync(pebble, Stop);
        await using var gateway = new AcmeGateway(pebble) { DirectoryUri = proxy.DirectoryUri };
        await gateway.StartAsync();
        var first = await gateway.NewSerialAsync();

        // Ahead for a while, in which the authority cannot be reached and tells no time; then right again.
        var down = proxy.On(Enum.GetValues<AcmeRequest>()).Unavailable(null);
        gateway.Time.Jump(TimeSpan.FromDays(300));
        await gateway.AdvanceAsync(TimeSpan.FromHours(7));
        Assert.True(gateway.Source().Status.State.Failures > 0);
        gateway.Time.Jump(TimeSpan.FromDays(-300));
        down.Remove();
        await gateway.AdvanceAsync(TimeSpan.FromMinutes(1));

        Assert.Equal(first, await gateway.NewSerialAsync());
        Assert.Equal(1, pebble.Orders);
        var state = gateway.Source().Status.State;
        Assert.True(state.NextAttempt is null || state.NextAttempt < gateway.Time.GetUtcNow() + TimeSpan.FromHours(6), $"{state.NextAttempt}");
        Assert.True(state.NextWindowLook < gateway.Time.GetUtcNow() + TimeSpan.FromDays(1), $"{state.NextWindowLook}");
        await gateway.Events.WaitForAsync("This computer's clock was set back by");
    }

    [Fact]
    public async Task Scenario_29_After_a_long_sleep_what_is_due_is_renewed_at_once()
    {
        AcmeTools.SkipWithoutPebble();
        await using var pebble = await PebbleServer.StartAsync(new PebbleOptions(), Stop);
        await using var proxy = await FaultProxy.StartAsync(pebble, Stop);
        await using var gateway = new AcmeGateway(pebble) { DirectoryUri = proxy.DirectoryUri };
        await gateway.StartAsync();
        var first = await gateway.NewSerialAsync();
        await gateway.Events.WaitForAsync("suggests to renew");

        // The wall clock goes on while the computer sleeps, its timers do not; the authority's clock goes on as well.
        proxy.On(Enum.GetValues<AcmeRequest>()).WithClockMovedBy(TimeSpan.FromDays(75));
        gateway.Time.Jump(TimeSpan.FromDays(75));
        await gateway.AdvanceAsync(TimeSpan.Zero);

        Assert.NotEqual(first, await gateway.NewSerialAsync(before: first));

        // Pebble itself did not sleep: what it issues now is as near to its end, so one more may follow, and no further one.
        Assert.InRange(pebble.Orders, 2, 3);
        Assert.DoesNotContain(gateway.Events.Messages, message => message.Contains("computer's clock", StringComparison.Ordinal));
    }
}
