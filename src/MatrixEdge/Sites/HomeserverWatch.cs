using MatrixEdge.Proxying;

namespace MatrixEdge.Sites;

/// <summary>
/// Asks each homeserver about itself once a minute, so that its upload limit is known where it can be asked and an outage is
/// told even when nobody comes. It gates nothing: requests are passed on whatever it finds.
/// </summary>
internal sealed partial class HomeserverWatch(
    CurrentSites sites, HomeserverProbe probe, IHostApplicationLifetime lifetime, TimeProvider time, ILogger<HomeserverWatch> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    private readonly TaskCompletionSource firstAnswers = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Done when each homeserver was asked once.</summary>
    public Task FirstAnswers => firstAnswers.Task;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // Not while the gateway is still being put together.
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = lifetime.ApplicationStarted.Register(started.SetResult);
        await started.Task.WaitAsync(stoppingToken);

        while (true)
        {
            await AskAllAsync(stoppingToken);
            firstAnswers.TrySetResult();
            await Task.Delay(Interval, time, stoppingToken);
        }
    }

    /// <summary>Asks all at the same time; takes as long as the slowest, some seconds at most.</summary>
    public async Task AskAllAsync(CancellationToken stop) =>
        await Task.WhenAll(sites.Table.Sites.Select(site => site.Homeserver).Distinct().Select(homeserver => AskAsync(homeserver, stop)));

    private async Task AskAsync(Homeserver homeserver, CancellationToken stop)
    {
        var answer = await probe.AskAsync(homeserver, stop) with { At = time.GetUtcNow() };
        homeserver.LastAnswer = answer;
        if (answer.Failure is { } failure)
        {
            if (homeserver.NoteDown())
                Log.Unreachable(logger, homeserver.Prefix, failure);
        }
        else if (homeserver.NoteUp())
        {
            Log.Answers(logger, homeserver.Prefix, answer.Software ?? "unnamed software");
        }
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Warning, "The homeserver at {Address} does not answer: {Reason}. The well-known documents are served all the same; start it, or correct MatrixEdge:Sites:…:Homeserver:Address")]
        public static partial void Unreachable(ILogger logger, string address, string reason);

        [LoggerMessage(LogLevel.Information, "The homeserver at {Address} answers again ({Software})")]
        public static partial void Answers(ILogger logger, string address, string software);
    }
}
