using MatrixEdge.Certificates;
using MatrixEdge.Configuration;
using MatrixEdge.Listening;
using MatrixEdge.Observability;
using MatrixEdge.Sites;

namespace MatrixEdge;

/// <summary>What the commands do. Exit codes are part of the contract: 0 well, 1 failed, 2 bad configuration or use.</summary>
internal static class Commands
{
    public const int Well = 0;
    public const int Failed = 1;
    public const int BadUse = 2;

    public static async Task<int> ServeAsync(string? configFile, CancellationToken stop)
    {
        if (Understand(configFile, out var notes) is not { } understood)
            return BadUse;

        var (source, settings) = understood;
        var isTerminal = !Console.IsOutputRedirected;
        var problems = new Problems();
        using var log = Logging.Create(source.Document, isTerminal, problems);
        if (log is null)
        {
            Tell(problems);
            return BadUse;
        }

        try
        {
            await using var app = await EdgeApp.BuildAsync(settings, source, log, TimeProvider.System, stop);
            await app.StartAsync(stop);

            // The banner says whether the homeservers answer; the ports are open meanwhile, and a stop is not kept waiting.
            using var stopping = CancellationTokenSource.CreateLinkedTokenSource(stop, app.Lifetime.ApplicationStopping);
            await Task.WhenAny(app.Services.GetRequiredService<HomeserverWatch>().FirstAnswers, Task.Delay(Timeout.Infinite, stopping.Token));
            if (!stopping.IsCancellationRequested)
                app.Services.GetRequiredService<Banner>().Show(isTerminal ? Console.Out : null, notes);
            await app.WaitForShutdownAsync(stop);
            return Well;
        }
        catch (CertificateException exception)
        {
            await Console.Error.WriteLineAsync(exception.Message);
            return settings.Certificate.Source == CertificateSource.Files ? BadUse : Failed;
        }
        catch (ListenerUnavailableException exception)
        {
            await Console.Error.WriteLineAsync(exception.Message);
            return Failed;
        }
    }

    public static async Task<int> CheckAsync(string? configFile, CancellationToken stop)
    {
        if (Understand(configFile, out var notes) is not { } understood)
            return BadUse;

        var settings = understood.Settings;
        CertificateBundle? bundle = null;
        if (settings.Certificate.Source == CertificateSource.Files)
        {
            try
            {
                var files = new FilesSource(
                    settings.Certificate.CertificatePath!, settings.Certificate.PrivateKeyPath!, settings.CertificateNames, new WatchedFiles(TimeProvider.System));
                bundle = (await files.LoadAsync(stop))!;
                notes = [.. notes, .. CertificateAdvice.For(bundle, settings.CertificateNames)];
                if (bundle.NotAfter < TimeProvider.System.GetUtcNow())
                    notes = [.. notes, $"The certificate expired at {bundle.NotAfter:u}: clients and other servers refuse it"];
            }
            catch (CertificateException exception)
            {
                await Console.Error.WriteLineAsync(exception.Message);
                return BadUse;
            }
        }

        CheckReport.Write(Console.Out, settings, bundle, notes);
        return Well;
    }

    // All problems, one line each, on the error stream.
    private static (ConfigurationSource Source, EdgeSettings Settings)? Understand(string? configFile, out IReadOnlyList<string> notes)
    {
        var problems = new Problems();
        var source = ConfigurationSource.Open(configFile, ConfigurationEnvironment.OfProcess(), problems);
        var settings = source is null ? null : EdgeSettings.Parse(source.Document, problems);
        if (source is not null)
            Logging.Check(source.Document, problems);
        notes = settings?.TrustedProxies.FindNote(TimeProvider.System.GetUtcNow()) is { } old ? [.. problems.Notes, old] : problems.Notes;
        if (source is not null && settings is not null && !problems.Any)
            return (source, settings);

        Tell(problems);
        return null;
    }

    private static void Tell(Problems problems)
    {
        foreach (var problem in problems.Found)
            Console.Error.WriteLine(problem);
    }
}
