using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Threading.Channels;
using MatrixEdge.Certificates;
using MatrixEdge.Protocol;
using MatrixEdge.Sites;

namespace MatrixEdge.Observability;

/// <summary>
/// Tells the program in <c>Certificate:EventHook</c> what happens to certificates, and what is seen of the sites from outside: one
/// JSON object on its standard input, one run for each event, one at a time, in order. Nobody waits for it: what it cannot keep
/// up with is dropped, the oldest first.
/// </summary>
internal sealed partial class EventHook : BackgroundService
{
    /// <summary>How many events may wait.</summary>
    public const int LongestQueue = 100;

    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan LimitWhenStopping = TimeSpan.FromSeconds(5);

    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    private readonly CurrentSites sites;
    private readonly CertificateEvents events;
    private readonly Examinations examinations;
    private readonly TimeProvider time;
    private readonly ILogger logger;
    private readonly Channel<Waiting> waiting;

    public EventHook(CurrentSites sites, CertificateEvents events, Examinations examinations, TimeProvider time, ILogger<EventHook> logger)
    {
        (this.sites, this.events, this.examinations, this.time, this.logger) = (sites, events, examinations, time, logger);
        waiting = Channel.CreateBounded<Waiting>(
            new BoundedChannelOptions(LongestQueue) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true },
            dropped => Log.Dropped(logger, dropped.Word, dropped.Site, dropped.At));
        events.Raised += Take;
        examinations.Changed += Take;
    }

    public override void Dispose()
    {
        events.Raised -= Take;
        examinations.Changed -= Take;
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // The one that runs when the gateway stops gets a moment to finish; those that wait are told in the log.
        using var end = new CancellationTokenSource();
        await using var stopping = stoppingToken.Register(() => end.CancelAfter(LimitWhenStopping));
        try
        {
            await foreach (var happened in waiting.Reader.ReadAllAsync(stoppingToken))
                await TellAsync(happened, end.Token);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            while (waiting.Reader.TryRead(out var left))
                Log.NotTold(logger, left.Word, left.Site);
        }
    }

    private void Take(CertificateEvent happened)
    {
        var at = time.GetUtcNow();
        Take(Word(happened.Kind), happened.Site, at, new Message(
            happened.Kind, at.ToUniversalTime(), happened.Site, happened.Names, happened.Serial, happened.NotAfter, happened.Authority, happened.Reason, happened.NextAttempt));
    }

    private void Take(FindingChange change) => Take("finding", change.ServerName, change.At, new FindingMessage(
        "finding", change.At.ToUniversalTime(), change.ServerName, change.Now.Id, change.Now.Title, change.Now.Outcome, change.Before, change.Now.Summary, change.Now.Cause, change.Now.Remedy));

    private void Take<T>(string word, string site, DateTimeOffset at, T message)
    {
        if (!sites.Table.Settings.Certificate.EventHook.IsEmpty)
            waiting.Writer.TryWrite(new Waiting(word, site, at, JsonRecord.WriteBytes(message, Json)));
    }

    [SuppressMessage("Design", "CA1031", Justification = "The loop ends with the process only: a hook that fails is told, and asked again at the next event.")]
    private async Task TellAsync(Waiting happened, CancellationToken stop)
    {
        var command = sites.Table.Settings.Certificate.EventHook;
        if (command.IsEmpty)
            return; // taken out of the configuration meanwhile

        try
        {
            var program = new HookProgram(command, ImmutableDictionary<string, string>.Empty, Limit, "MatrixEdge:Certificate:EventHook", time);
            var said = await program.RunAsync([], happened.Input, happened.Word, "Let it hand over to something else what takes long", stop);
            if (said.Length > 0)
                Log.Said(logger, program.Path, happened.Word, said);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            Log.NotTold(logger, happened.Word, happened.Site);
        }
        catch (HookException exception)
        {
            Log.Failed(logger, exception.Message);
        }
        catch (Exception exception)
        {
            Log.Unexpected(logger, exception);
        }
    }

    private static string Word(CertificateEventKind kind) => JsonNamingPolicy.CamelCase.ConvertName(kind.ToString());

    /// <summary>What the program reads. Names in it are part of the contract with it.</summary>
    private sealed record Message(
        CertificateEventKind Event, DateTimeOffset At, string Site, ImmutableArray<string> Names, string? Serial, DateTimeOffset? NotAfter, string? Authority, string? Reason, DateTimeOffset? NextAttempt);

    /// <summary>What the program reads of a finding.</summary>
    private sealed record FindingMessage(
        string Event, DateTimeOffset At, string Site, string Check, string Title, FindingOutcome Outcome, FindingOutcome? Before, string Summary, string? Cause, string? Remedy);

    private sealed record Waiting(string Word, string Site, DateTimeOffset At, byte[] Input);

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Warning, "{Reason}. Certificates go on as they were; the hook is run again at the next event")]
        public static partial void Failed(ILogger logger, string reason);

        [LoggerMessage(LogLevel.Warning, "The event hook is too slow: the event {Event} of {Site} at {At:u} was dropped for newer ones")]
        public static partial void Dropped(ILogger logger, string @event, string site, DateTimeOffset at);

        [LoggerMessage(LogLevel.Warning, "The gateway stops before the event hook could be told of {Event} of {Site}")]
        public static partial void NotTold(ILogger logger, string @event, string site);

        [LoggerMessage(LogLevel.Debug, "The event hook {Program} ({Event}) succeeded and said: {Text}")]
        public static partial void Said(ILogger logger, string program, string @event, string text);

        [LoggerMessage(LogLevel.Error, "The event hook could not be run, in an unexpected way; it is run again at the next event")]
        public static partial void Unexpected(ILogger logger, Exception exception);
    }
}
