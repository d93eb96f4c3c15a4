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
        var isTerminal = !Console.IsOutputRedirected;
        if (Understand(configFile, isTerminal, out var notes) is not { } understood)
            return BadUse;

        var (source, settings, log) = understood;
        await using var closing = log;
        try
        {
            await using var app = EdgeApp.Build(settings, source, log);
            await app.StartAsync(stop);

            // The banner says whether the homeservers answer; the ports are open meanwhile.
            await app.Services.GetRequiredService<HomeserverWatch>().FirstAnswers.WaitAsync(stop);
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

    public static int Check(string? configFile)
    {
        if (Understand(configFile, isTerminal: true, out var notes) is not { } understood)
            return BadUse;

        using var log = understood.Log;
        var settings = understood.Settings;
        if (settings.Certificate.Source == CertificateSource.Files)
        {
            try
            {
                var files = new FilesSource(settings.Certificate.CertificatePath!, settings.Certificate.PrivateKeyPath!, new WatchedFiles(TimeProvider.System));
                var bundle = files.Load();
                if (bundle.Missing(settings.CertificateNames).ToList() is { Count: > 0 } missing)
                    notes = [.. notes, $"The certificate is for {string.Join(", ", bundle.Names)} and not for {string.Join(", ", missing)}"];
            }
            catch (CertificateException exception)
            {
                Console.Error.WriteLine(exception.Message);
                return BadUse;
            }
        }

        CheckReport.Write(Console.Out, settings, notes);
        return Well;
    }

    // All problems, one line each, on the error stream.
    private static (ConfigurationSource Source, EdgeSettings Settings, Serilog.Core.Logger Log)? Understand(
        string? configFile, bool isTerminal, out IReadOnlyList<string> notes)
    {
        var problems = new Problems();
        var source = ConfigurationSource.Open(configFile, ConfigurationEnvironment.OfProcess(), problems);
        var settings = source is null ? null : EdgeSettings.Parse(source.Document, problems);
        var log = source is null ? null : Logging.Create(source.Document, isTerminal, problems);
        notes = problems.Notes;
        if (source is not null && settings is not null && log is not null)
            return (source, settings, log);

        foreach (var problem in problems.Found)
            Console.Error.WriteLine(problem);
        return null;
    }
}
