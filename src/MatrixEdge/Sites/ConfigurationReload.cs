using System.Diagnostics.CodeAnalysis;
using MatrixEdge.Certificates;
using MatrixEdge.Configuration;

namespace MatrixEdge.Sites;

/// <summary>
/// Takes up a changed configuration file while running: as a whole or not at all. Open connections, running requests and
/// long polls go on with what they began with.
/// </summary>
internal sealed partial class ConfigurationReload(
    ConfigurationSource source, CurrentSites sites, CertificateKeeper certificates, WatchedFiles files, HomeserverWatch homeservers,
    ILogger<ConfigurationReload> logger) : BackgroundService
{
    [SuppressMessage("Design", "CA1031", Justification = "The loop ends with the process only: what goes wrong is told, the old configuration stays.")]
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (source.Document.Path is not { } path)
            return;

        var seen = source.Look;
        while (true)
        {
            seen = await files.WaitForChangeAsync([path], seen, stoppingToken);
            try
            {
                await TakeUpAsync(stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception)
            {
                Log.Failed(logger, exception);
            }
        }
    }

    private async Task TakeUpAsync(CancellationToken stop)
    {
        var problems = new Problems();
        var document = source.Read(problems);
        var next = document is null ? null : EdgeSettings.Parse(document, problems);
        if (document is null || next is null)
        {
            Log.Refused(logger, source.Document.Path, string.Join(Environment.NewLine, problems.Found));
            return;
        }

        var before = sites.Table.Settings;
        try
        {
            var (certificateSource, bundle) = certificates.Prepare(next);
            var table = SiteTable.Build(next, sites.Table);
            certificates.Use(next, certificateSource, bundle);
            sites.Replace(table);
        }
        catch (CertificateException exception)
        {
            Log.Refused(logger, source.Document.Path, exception.Message);
            return;
        }

        Log.TakenUp(logger, source.Document.Path, string.Join(", ", next.Sites.Select(site => site.ServerName)));
        foreach (var note in problems.Notes)
            Log.Note(logger, note);
        foreach (var key in NeedsRestart(before, next, source.Document, document))
            Log.NeedsRestart(logger, key);
        await homeservers.AskAllAsync(stop);
    }

    private static IEnumerable<string> NeedsRestart(EdgeSettings before, EdgeSettings next, ConfigurationDocument oldDocument, ConfigurationDocument document)
    {
        var pairs = new[]
        {
            ("MatrixEdge:Listen:Http", before.Listen.Http?.Text, next.Listen.Http?.Text),
            ("MatrixEdge:Listen:Https", before.Listen.Https?.Text, next.Listen.Https?.Text),
            ("MatrixEdge:Listen:Federation", before.Listen.Federation?.Text, next.Listen.Federation?.Text),
            ("MatrixEdge:Listen:Admin", before.Listen.Admin?.Text, next.Listen.Admin?.Text),
            ("MatrixEdge:Listen:DrainFor", before.Listen.DrainFor.ToString(), next.Listen.DrainFor.ToString()),
            ("Serilog", oldDocument.Root["Serilog"]?.ToJsonString(), document.Root["Serilog"]?.ToJsonString()),
        };
        return pairs.Where(pair => pair.Item2 != pair.Item3).Select(pair => pair.Item1);
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Information, "The configuration in {File} was changed and is in force now; sites: {Sites}")]
        public static partial void TakenUp(ILogger logger, string? file, string sites);

        [LoggerMessage(LogLevel.Error, "The configuration in {File} was changed and is refused as a whole; what was in force stays in force. {Problems}")]
        public static partial void Refused(ILogger logger, string? file, string problems);

        [LoggerMessage(LogLevel.Warning, "{Key} was changed: this takes effect at the next start")]
        public static partial void NeedsRestart(ILogger logger, string key);

        [LoggerMessage(LogLevel.Warning, "{Note}")]
        public static partial void Note(ILogger logger, string note);

        [LoggerMessage(LogLevel.Error, "The changed configuration could not be taken up; what was in force stays in force")]
        public static partial void Failed(ILogger logger, Exception exception);
    }
}
