using MatrixEdge.Configuration;

namespace MatrixEdge.Proxying;

/// <summary>
/// How the gateway stops: no new connections, running requests finish, long polls are ended last. A long poll that is cut
/// early costs its client one more request; a message that is cut early is lost to its sender.
/// </summary>
internal sealed partial class Drain : IDisposable
{
    // What is kept of the time to drain for ending the long polls themselves.
    private static readonly TimeSpan Reserve = TimeSpan.FromSeconds(2);

    private readonly CancellationTokenSource longPollsEnd = new();
    private readonly TimeSpan drainFor;
    private readonly TimeProvider time;
    private readonly ILogger<Drain> logger;
    private int ordinary;
    private int longPolls;

    public Drain(ListenSettings settings, IHostApplicationLifetime lifetime, TimeProvider time, ILogger<Drain> logger)
    {
        drainFor = settings.DrainFor;
        this.time = time;
        this.logger = logger;
        lifetime.ApplicationStopping.Register(() => _ = StopAsync());
    }

    /// <summary>Cancelled when long polls are to end.</summary>
    public CancellationToken LongPollsEnd => longPollsEnd.Token;

    /// <summary>Counts a request as running until the result is disposed.</summary>
    public Running Enter(bool isLongPoll)
    {
        Interlocked.Increment(ref isLongPoll ? ref longPolls : ref ordinary);
        return new Running(this, isLongPoll);
    }

    public void Dispose() => longPollsEnd.Dispose();

    private async Task StopAsync()
    {
        var begin = time.GetTimestamp();
        Log.Stopping(logger, Volatile.Read(ref ordinary), Volatile.Read(ref longPolls), drainFor);
        while (Volatile.Read(ref ordinary) > 0 && time.GetElapsedTime(begin) < drainFor - Reserve)
            await Task.Delay(TimeSpan.FromMilliseconds(50), time);

        if (Volatile.Read(ref ordinary) is > 0 and var left)
            Log.Unfinished(logger, left, drainFor);
        await longPollsEnd.CancelAsync();
    }

    internal readonly struct Running(Drain drain, bool isLongPoll) : IDisposable
    {
        public void Dispose() => Interlocked.Decrement(ref isLongPoll ? ref drain.longPolls : ref drain.ordinary);
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Information, "Stopping: {Ordinary} requests and {LongPolls} long polls are running; they get up to {DrainFor} to finish")]
        public static partial void Stopping(ILogger logger, int ordinary, int longPolls, TimeSpan drainFor);

        [LoggerMessage(LogLevel.Warning, "{Unfinished} requests were still running after {DrainFor} and are ended (MatrixEdge:Listen:DrainFor)")]
        public static partial void Unfinished(ILogger logger, int unfinished, TimeSpan drainFor);
    }
}
