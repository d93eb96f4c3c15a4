namespace MatrixEdge.Acme.Tests.Support;

/// <summary>A timer of a <see cref="ShiftedTime"/>: a real one, which is set anew whenever the time is moved on.</summary>
internal sealed class ShiftedTimer : ITimer
{
    /// <summary>Real timers go no further than 49 days.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromDays(1);

    private readonly Lock gate = new();
    private readonly ShiftedTime time;
    private readonly TimerCallback callback;
    private readonly object? state;
    private readonly Timer timer;
    private long begin;
    private TimeSpan? due; // Since begin; null: it does not run.
    private TimeSpan period;

    public ShiftedTimer(ShiftedTime time, TimerCallback callback, object? state)
    {
        this.time = time;
        this.callback = callback;
        this.state = state;
        timer = new Timer(_ => Fire());
    }

    public bool Change(TimeSpan dueTime, TimeSpan period)
    {
        lock (gate)
        {
            begin = time.GetTimestamp();
            due = dueTime == Timeout.InfiniteTimeSpan ? null : dueTime;
            this.period = period;
            time.Run(this, due is not null);
        }

        return Reschedule();
    }

    /// <summary>Sets the real timer to what is left. It is due at once when nothing is.</summary>
    public bool Reschedule()
    {
        lock (gate)
        {
            if (due is not { } span)
                return timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

            var left = span - time.GetElapsedTime(begin);
            left = left <= TimeSpan.Zero ? TimeSpan.Zero : left >= Longest ? Longest : TimeSpan.FromMilliseconds(Math.Ceiling(left.TotalMilliseconds));
            return timer.Change(left, Timeout.InfiniteTimeSpan);
        }
    }

    public void Dispose()
    {
        lock (gate)
            due = null;
        time.Run(this, false);
        timer.Dispose();
    }

    public ValueTask DisposeAsync()
    {
        lock (gate)
            due = null;
        time.Run(this, false);
        return timer.DisposeAsync();
    }

    private void Fire()
    {
        lock (gate)
        {
            if (due is not { } span)
                return;

            if (time.GetElapsedTime(begin) < span)
            {
                Reschedule();
                return;
            }

            begin = time.GetTimestamp();
            due = period > TimeSpan.Zero ? period : null;
            time.Run(this, due is not null);
            if (due is not null)
                Reschedule();
        }

        callback(state);
    }
}
