using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Text.Json;
using MatrixEdge.Doctor.Gathering;
using MatrixEdge.Observability;
using MatrixEdge.Protocol;
using MatrixEdge.Sites;
using MatrixEdge.Storage;

namespace MatrixEdge.Doctor;

/// <summary>
/// The running gateway looks at its own sites as others see them, again and again: the one writer of <see cref="Examinations"/>.
/// What comes out otherwise than the time before is looked at once more before it is told.
/// </summary>
internal sealed partial class SelfExamination(
    CurrentSites sites, Examinations examinations, Maintenance maintenance, OwnView view, IHostApplicationLifetime lifetime, TimeProvider time, ILogger<SelfExamination> logger) : BackgroundService
{
    private const string File = "examinations.json";

    // Long enough for everybody's usual time-outs to strike.
    private static readonly TimeSpan Hold = TimeSpan.FromSeconds(100);
    private static readonly TimeSpan BetweenHolds = TimeSpan.FromHours(1);

    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(1);

    private readonly Examiner examiner = new(time);
    private readonly ConcurrentDictionary<string, HoldLook> holds = new(StringComparer.OrdinalIgnoreCase);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using (lifetime.ApplicationStarted.Register(started.SetResult))
            await started.Task.WaitAsync(stoppingToken);
        await RememberAsync(stoppingToken);
        await Task.WhenAll(ExamineAgainAndAgainAsync(stoppingToken), HoldAgainAndAgainAsync(stoppingToken));
    }

    private async Task ExamineAgainAndAgainAsync(CancellationToken stoppingToken)
    {
        // Homeserver and certificate get a moment to come up. Spans are measured, since clocks are set back, too.
        var (since, isFirst) = (time.GetTimestamp(), true);
        while (true)
        {
            var every = sites.Table.Settings.Doctor.Every;
            var left = (isFirst ? Min(every, Settling) : every) - time.GetElapsedTime(since);
            if (every > TimeSpan.Zero && left <= TimeSpan.Zero)
            {
                (since, isFirst) = (time.GetTimestamp(), false);
                await ExamineAllAsync(every, stoppingToken);
                continue;
            }

            await Task.Delay(every > TimeSpan.Zero ? Min(left, LongestWait) : LongestWait, time, stoppingToken);
        }
    }

    // Silent requests take minutes, for which nothing else should wait.
    private async Task HoldAgainAndAgainAsync(CancellationToken stop)
    {
        await Task.Delay(LongestWait, time, stop);
        while (true)
        {
            foreach (var site in sites.Table.Sites.Where(site => sites.Table.Settings.Doctor.Every > TimeSpan.Zero && maintenance.Find(site.ServerName) is null))
            {
                try
                {
                    var order = await view.OrderAsync(site.Settings, stop);
                    order = order with { Own = order.Own! with { Hold = Hold }, Limit = order.Limit + Hold };
                    await examiner.ExamineAsync(order, progress: null, stop, facts =>
                    {
                        if (facts is { HasEcho: true, Echo.Hold: { } hold })
                            holds[site.ServerName] = hold;
                    });
                }
                catch (Exception exception) when (!stop.IsCancellationRequested && IsSurvivable(exception))
                {
                    Log.Unexpected(logger, site.ServerName, exception);
                }
            }

            await Task.Delay(BetweenHolds, time, stop);
        }
    }

    private async Task ExamineAllAsync(TimeSpan every, CancellationToken stop)
    {
        var served = sites.Table.Sites;
        examinations.Keep(served.Select(site => site.ServerName));
        foreach (var site in served.Where(site => maintenance.Find(site.ServerName) is null))
        {
            try
            {
                await ExamineAsync(site, every, stop);
            }
            catch (Exception exception) when (!stop.IsCancellationRequested && IsSurvivable(exception))
            {
                Log.Unexpected(logger, site.ServerName, exception);
            }
        }
    }

    private async Task ExamineAsync(Site site, TimeSpan every, CancellationToken stop)
    {
        var examination = await LookAsync(site, stop);
        var before = examinations.Find(site.ServerName);
        if (examination.Findings.Any(finding => IsBad(finding) && before?.Findings.Any(other => other.Id == finding.Id && other.Outcome == finding.Outcome) != true))
        {
            // A lost packet is no news.
            await Task.Delay(Min(every / 4, Settling), time, stop);
            examination = await LookAsync(site, stop);
        }

        var changes = examinations.Note(examination);
        foreach (var change in changes)
            Tell(change);
        if (before is null)
            Log.First(logger, examination.Sentence.TrimEnd('.'));
        if (!changes.IsEmpty)
            await KeepAsync(stop);
    }

    private async Task<Examination> LookAsync(Site site, CancellationToken stop)
    {
        var order = await view.OrderAsync(site.Settings, stop);
        return await examiner.ExamineAsync(order with { Own = order.Own! with { LastHold = holds.GetValueOrDefault(site.ServerName) } }, progress: null, stop);
    }

    private void Tell(FindingChange change)
    {
        var finding = change.Now;
        if (finding.Outcome == FindingOutcome.Fail)
            Log.Fails(logger, change.ServerName, finding.Title, finding.Summary, finding.Cause, finding.Remedy, finding.Anchor);
        else if (finding.Outcome == FindingOutcome.Warn)
            Log.Warns(logger, change.ServerName, finding.Title, finding.Summary, finding.Cause, finding.Remedy, finding.Anchor);
        else
            Log.Clears(logger, change.ServerName, finding.Title, finding.Summary);
    }

    private async Task RememberAsync(CancellationToken stop)
    {
        try
        {
            if (await Store.ReadAsync(File, stop) is { } text && JsonRecord.Read<ImmutableArray<FindingChange>>(text, AdminAnswer.Json) is { IsDefault: false } changes)
                examinations.Remember(changes);
        }
        catch (Exception exception) when (exception is StoreException or JsonException)
        {
            Log.Unreadable(logger, Store.PlaceOf(File), exception.Message);
        }
    }

    private async Task KeepAsync(CancellationToken stop)
    {
        try
        {
            await Store.WriteAsync(File, JsonRecord.Write(examinations.Changes, AdminAnswer.Json) + "\n", stop);
        }
        catch (StoreException exception)
        {
            Log.NotKept(logger, exception.Message);
        }
    }

    private IStore Store => new StoreDirectory(sites.Table.Settings.Store, time);

    private static bool IsBad(Finding finding) => finding.Outcome is FindingOutcome.Warn or FindingOutcome.Fail;

    private static TimeSpan Min(TimeSpan a, TimeSpan b) => a < b ? a : b;

    // The loop ends with the process only.
    private static bool IsSurvivable(Exception exception) => exception is not OutOfMemoryException;

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Information, "Seen from outside: {Sentence}")]
        public static partial void First(ILogger logger, string sentence);

        [LoggerMessage(LogLevel.Error, "{ServerName} as others see it, {Title}: {Summary}. Likely cause: {Cause}. What to do: {Remedy} (README.md#{Anchor})")]
        public static partial void Fails(ILogger logger, string serverName, string title, string summary, string? cause, string? remedy, string? anchor);

        [LoggerMessage(LogLevel.Warning, "{ServerName} as others see it, {Title}: {Summary}. Likely cause: {Cause}. What to do: {Remedy} (README.md#{Anchor})")]
        public static partial void Warns(ILogger logger, string serverName, string title, string summary, string? cause, string? remedy, string? anchor);

        [LoggerMessage(LogLevel.Information, "{ServerName} as others see it, {Title}: all well again ({Summary})")]
        public static partial void Clears(ILogger logger, string serverName, string title, string summary);

        [LoggerMessage(LogLevel.Warning, "What was found out about the sites before could not be read from {Place} ({Reason}); it begins anew")]
        public static partial void Unreadable(ILogger logger, string place, string reason);

        [LoggerMessage(LogLevel.Warning, "What was found out about the sites could not be kept, and is forgotten at the next start: {Reason}")]
        public static partial void NotKept(ILogger logger, string reason);

        [LoggerMessage(LogLevel.Error, "{ServerName} could not be looked at from outside, in an unexpected way; it is tried again")]
        public static partial void Unexpected(ILogger logger, string serverName, Exception exception);
    }
}
