namespace MatrixEdge.Acme.Tests.Fixtures;

public sealed class ShiftedTimeTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_timer_that_is_due_by_the_moved_clock_fires_and_others_do_not()
    {
        var time = new ShiftedTime();
        var begin = time.GetTimestamp();
        var soon = Task.Delay(TimeSpan.FromDays(30), time, Stop);
        var later = Task.Delay(TimeSpan.FromDays(45), time, Stop);

        time.Advance(TimeSpan.FromDays(31));

        await soon.WaitAsync(Limit, Stop);
        Assert.False(later.IsCompleted);
        Assert.InRange(time.GetUtcNow() - DateTimeOffset.UtcNow, TimeSpan.FromDays(31) - Limit, TimeSpan.FromDays(31) + Limit);
        Assert.InRange(time.GetElapsedTime(begin), TimeSpan.FromDays(31), TimeSpan.FromDays(31) + Limit);
        time.Advance(TimeSpan.FromDays(14));
        await later.WaitAsync(Limit, Stop);
    }

    [Fact]
    public async Task A_timer_runs_by_itself_too()
    {
        var time = new ShiftedTime();

        await Task.Delay(TimeSpan.FromMilliseconds(5), time, Stop).WaitAsync(Limit, Stop);
    }

    [Fact]
    public async Task A_repeated_timer_fires_once_for_each_move()
    {
        var time = new ShiftedTime();
        using var timer = new PeriodicTimer(TimeSpan.FromHours(1), time);

        time.Advance(TimeSpan.FromHours(5));
        Assert.True(await timer.WaitForNextTickAsync(Stop).AsTask().WaitAsync(Limit, Stop));
        var second = timer.WaitForNextTickAsync(Stop).AsTask();

        Assert.False(second.IsCompleted);
        time.Advance(TimeSpan.FromHours(1));
        Assert.True(await second.WaitAsync(Limit, Stop));
    }

    [Fact]
    public void A_jump_moves_the_clock_and_no_timer()
    {
        var time = new ShiftedTime();
        var wait = Task.Delay(TimeSpan.FromHours(1), time, Stop);
        var begin = time.GetTimestamp();

        time.Jump(-TimeSpan.FromDays(1));

        Assert.InRange(DateTimeOffset.UtcNow - time.GetUtcNow(), TimeSpan.FromDays(1) - Limit, TimeSpan.FromDays(1) + Limit);
        Assert.InRange(time.GetElapsedTime(begin), TimeSpan.Zero, Limit);
        Assert.False(wait.IsCompleted);
    }

    [Fact]
    public void A_timer_that_was_disposed_of_does_not_fire()
    {
        var time = new ShiftedTime();
        var fired = 0;
        var timer = time.CreateTimer(_ => fired++, null, TimeSpan.FromHours(1), Timeout.InfiniteTimeSpan);

        timer.Dispose();
        time.Advance(TimeSpan.FromHours(2));

        Assert.Equal(0, fired);
        Assert.False(timer.Change(TimeSpan.Zero, Timeout.InfiniteTimeSpan));
    }
}
