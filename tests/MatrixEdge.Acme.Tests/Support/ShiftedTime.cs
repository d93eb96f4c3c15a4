namespace MatrixEdge.Acme.Tests.Support;

/// <summary>
/// The real clock, and timers that really run, moved on by hand: for tests that talk to programs with a clock of their own.
/// </summary>
internal sealed class ShiftedTime : TimeProvider
{
    private readonly Lock gate = new();
    private readonly HashSet<ShiftedTimer> timers = [];
    private TimeSpan advanced;
    private TimeSpan jumped;

    public override DateTimeOffset GetUtcNow()
    {
        lock (gate)
            return DateTimeOffset.UtcNow + advanced + jumped;
    }

    /// <summary>Advances with the clock, so that a span that is measured over it is as long as the timers say.</summary>
    public override long GetTimestamp()
    {
        lock (gate)
            return base.GetTimestamp() + (long)(advanced.TotalSeconds * TimestampFrequency);
    }

    /// <summary>
    /// Lets the time pass: the clock shows it at once, and timers that are due by then fire, soon and on other threads, once
    /// each. What they start in turn waits from the new time on, so a loop makes one round for each call.
    /// </summary>
    /// <param name="span">Zero or more.</param>
    public void Advance(TimeSpan span)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(span, TimeSpan.Zero);
        ShiftedTimer[] running;
        lock (gate)
        {
            advanced += span;
            running = [.. timers];
        }

        foreach (var timer in running)
            timer.Reschedule();
    }

    /// <summary>Sets the clock, forward or back, as an administrator does: no time passes, and no timer notices.</summary>
    public void Jump(TimeSpan span)
    {
        lock (gate)
            jumped += span;
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new ShiftedTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    internal void Run(ShiftedTimer timer, bool isRunning)
    {
        lock (gate)
        {
            if (isRunning)
                timers.Add(timer);
            else
                timers.Remove(timer);
        }
    }
}
