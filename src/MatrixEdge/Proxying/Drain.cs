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

    /// <summary>Counts a request as running until the result is disposed.</summary>
    public Running Enter(bool isLongPoll) => new(this, isLongPoll);

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

    /// <summary>A request that is under way. A long poll that is being answered is one like any other: its answer finishes.</summary>
    internal sealed class Running : IDisposable
    {
        private readonly Drain drain;
        private readonly CancellationTokenSource? end;
        private readonly CancellationTokenRegistration registration;
        private bool isLongPoll;

        public Running(Drain drain, bool isLongPoll)
        {
            this.drain = drain;
            this.isLongPoll = isLongPoll;
            Interlocked.Increment(ref isLongPoll ? ref drain.longPolls : ref drain.ordinary);
            if (!isLongPoll)
                return;

            end = new CancellationTokenSource();
            registration = drain.longPollsEnd.Token.UnsafeRegister(static source => ((CancellationTokenSource)source!).Cancel(), end);
        }

        /// <summary>Cancelled when the request is to end for the gateway's sake.</summary>
        public CancellationToken End => end?.Token ?? CancellationToken.None;

        public void NoteAnswered()
        {
            if (!isLongPoll)
                return;

            registration.Dispose();
            isLongPoll = false;
            Interlocked.Increment(ref drain.ordinary);
            Interlocked.Decrement(ref drain.longPolls);
        }

        public void Dispose()
        {
            registration.Dispose();
            end?.Dispose();
            Interlocked.Decrement(ref isLongPoll ? ref drain.longPolls : ref drain.ordinary);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Information, "Stopping: {Ordinary} requests and {LongPolls} long polls are running; they get up to {DrainFor} to finish")]
        public static partial void Stopping(ILogger logger, int ordinary, int longPolls, TimeSpan drainFor);

        [LoggerMessage(LogLevel.Warning, "{Unfinished} requests were still running after {DrainFor} and are ended (MatrixEdge:Listen:DrainFor)")]
        public static partial void Unfinished(ILogger logger, int unfinished, TimeSpan drainFor);
    }
}
