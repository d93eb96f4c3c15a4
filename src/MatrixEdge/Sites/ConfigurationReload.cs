using System.Diagnostics.CodeAnalysis;
using MatrixEdge.Certificates;
using MatrixEdge.Configuration;
using MatrixEdge.Listening;

namespace MatrixEdge.Sites;

/// <summary>
/// Takes up a changed configuration file while running: as a whole or not at all. Open connections, running requests and
/// long polls go on with what they began with.
/// </summary>
internal sealed partial class ConfigurationReload(
    ConfigurationSource source, ListenSettings listening, ConfigurationCheck alsoCheck, CurrentSites sites, CertificateKeeper certificates,
    WatchedFiles files, TrustedPeers peers, HomeserverWatch homeservers, TimeProvider time, ILogger<ConfigurationReload> logger) : BackgroundService
{
    // What the process was started with.
    private readonly string? telemetry = sites.Table.Settings.Telemetry?.Text;

    [SuppressMessage("Design", "CA1031", Justification = "The loop ends with the process only: what goes wrong is told, the old configuration stays.")]
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (source.Document.Path is not { } path)
            return;

        IReadOnlyCollection<string> watched = [path];
        var seen = source.Look;
        while (true)
        {
            await files.WaitForChangeAsync(watched, seen, stoppingToken);
            seen = WatchedFiles.Look([path]);
            watched = [path];
            try
            {
                if (await TakeUpAsync(stoppingToken) is { } awaited)
                {
                    watched = [path, .. awaited.Files];
                    seen += "\n" + awaited.Look;
                }
            }
            catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
            {
                Log.Failed(logger, exception);
            }
        }
    }

    // Returns the files that stand in the way, as they were before they were read: a change that only they keep out is tried again when they change.
    private async Task<(IReadOnlyCollection<string> Files, string Look)?> TakeUpAsync(CancellationToken stop)
    {
        var problems = new Problems();
        var document = source.Read(problems);
        var next = document is null ? null : EdgeSettings.Parse(document, problems);
        if (document is not null)
            alsoCheck(document, problems);
        if (document is null || next is null || problems.Any)
        {
            Log.Refused(logger, source.Document.Path, string.Join(Environment.NewLine, problems.Found));
            return null;
        }

        string[] pair = [.. new[] { next.Certificate.CertificatePath, next.Certificate.PrivateKeyPath }.OfType<string>()];
        var look = WatchedFiles.Look(pair);
        try
        {
            var table = SiteTable.Build(next, sites.Table, time);
            if (!HasSameCertificates(sites.Table.Settings, next))
                certificates.Use(await certificates.PrepareAsync(next, stop));

            sites.Replace(table);
            peers.Replace(next.TrustedProxies);
        }
        catch (CertificateException exception)
        {
            Log.Refused(logger, source.Document.Path, exception.Message);
            return pair.Length > 0 ? (pair, look) : null;
        }

        Log.TakenUp(logger, source.Document.Path, string.Join(", ", next.Sites.Select(site => site.ServerName)));
        foreach (var note in problems.Notes)
            Log.Note(logger, note);
        foreach (var key in NeedsRestart(next, document))
            Log.NeedsRestart(logger, key);
        _ = homeservers.AskAllAsync(stop);
        return null;
    }

    private static bool HasSameCertificates(EdgeSettings before, EdgeSettings next) =>
        before.Certificate.Text == next.Certificate.Text && before.Store == next.Store
        && before.Sites.Select(site => site.ServerName.ToString()).SequenceEqual(next.Sites.Select(site => site.ServerName.ToString()))
        && before.Sites.Zip(next.Sites).All(pair => pair.First.CertificateNames.SequenceEqual(pair.Second.CertificateNames));

    // Compared with what the process was started with, which is what its listeners and its log still are.
    private IEnumerable<string> NeedsRestart(EdgeSettings next, ConfigurationDocument document)
    {
        var pairs = new[]
        {
            ("MatrixEdge:Listen:Http", listening.Http?.Text, next.Listen.Http?.Text),
            ("MatrixEdge:Listen:Https", listening.Https?.Text, next.Listen.Https?.Text),
            ("MatrixEdge:Listen:Federation", listening.Federation?.Text, next.Listen.Federation?.Text),
            ("MatrixEdge:Listen:Admin", listening.Admin?.Text, next.Listen.Admin?.Text),
            ("MatrixEdge:Listen:ProxyProtocol", Keys(listening.WithProxyHeader), Keys(next.Listen.WithProxyHeader)),
            ("MatrixEdge:Listen:DrainFor", listening.DrainFor.ToString(), next.Listen.DrainFor.ToString()),
            ("MatrixEdge:Telemetry", telemetry, next.Telemetry?.Text),
            ("Serilog", source.Document.Root["Serilog"]?.ToJsonString(), document.Root["Serilog"]?.ToJsonString()),
        };
        static string Keys(IEnumerable<ListenAddress> addresses) => string.Join(", ", addresses.Select(address => address.Key));
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
