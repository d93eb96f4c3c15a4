using System.Diagnostics.CodeAnalysis;
using MatrixEdge.Configuration;
using MatrixEdge.Listening;
using MatrixEdge.Storage;

namespace MatrixEdge.Certificates;

/// <summary>
/// Keeps the served certificate fresh: the one writer of <see cref="ServedCertificate"/>. Whatever the source does, what is
/// being served stays until something better is in hand.
/// </summary>
internal sealed partial class CertificateKeeper(
    ServedCertificate served, WatchedFiles files, TimeProvider time, ILogger<CertificateKeeper> logger) : BackgroundService
{
    private static readonly TimeSpan WarningInterval = TimeSpan.FromDays(1);

    private readonly Lock gate = new();
    private CancellationTokenSource sourceReplaced = new();
    private ICertificateSource? source;
    private IReadOnlyCollection<string> names = [];
    private DateTimeOffset lastWarning = DateTimeOffset.MinValue;

    /// <summary>Where the root of the local authority is; null with any other source.</summary>
    public string? LocalRootPath => (source as LocalAuthority)?.RootPath;

    /// <summary>The certificate that the settings lead to, without serving it: a change of settings is checked by this first.</summary>
    /// <exception cref="CertificateException">There is none.</exception>
    public (ICertificateSource Source, CertificateBundle Bundle) Prepare(EdgeSettings settings)
    {
        ICertificateSource next = settings.Certificate.Source switch
        {
            CertificateSource.Files => new FilesSource(settings.Certificate.CertificatePath!, settings.Certificate.PrivateKeyPath!, files),
            CertificateSource.Local => new LocalAuthority(new StoreDirectory(settings.Store), settings.CertificateNames, time),
            _ => throw new CertificateException($"There is no source \"{settings.Certificate.Source}\""),
        };
        return (next, next.Load());
    }

    /// <summary>Serves the bundle and watches its source from now on.</summary>
    public void Use(EdgeSettings settings, ICertificateSource next, CertificateBundle bundle)
    {
        lock (gate)
        {
            names = settings.CertificateNames;
            source = next;
            Publish(bundle);
            var replaced = sourceReplaced;
            sourceReplaced = new CancellationTokenSource();
            replaced.Cancel();
        }
    }

    [SuppressMessage("Design", "CA1031", Justification = "The loop ends with the process only: a failure is told, the old certificate stays.")]
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            var (current, replaced) = Snapshot();
            try
            {
                await WaitAsync(current, stoppingToken, replaced);
                if (replaced.IsCancellationRequested)
                    continue;

                var bundle = current.Load();
                lock (gate)
                {
                    if (ReferenceEquals(current, source))
                        Publish(bundle);
                }
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception)
            {
                Log.Refused(logger, exception.Message, served.Current?.NotAfter);

                // A source that fails at once must not turn the loop into a spin.
                await Task.Delay(TimeSpan.FromSeconds(1), time, stoppingToken);
            }
        }
    }

    private (ICertificateSource Source, CancellationToken Replaced) Snapshot()
    {
        lock (gate)
            return (source ?? throw new InvalidOperationException("The keeper was started before it had a source"), sourceReplaced.Token);
    }

    // Ends when the source has something new or is replaced; meanwhile the expiry is looked at every hour.
    private async Task WaitAsync(ICertificateSource current, CancellationToken stop, CancellationToken replaced)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stop, replaced);
        var change = current.WaitAsync(served.Current, either.Token);
        while (true)
        {
            WarnAboutExpiry();
            var hour = Task.Delay(TimeSpan.FromHours(1), time, either.Token);
            var first = await Task.WhenAny(change, hour);
            stop.ThrowIfCancellationRequested();
            if (replaced.IsCancellationRequested)
                return;
            if (first == change)
            {
                await either.CancelAsync(); // the hour's timer
                await change;
                return;
            }
        }
    }

    private void Publish(CertificateBundle bundle)
    {
        var before = served.Current;
        if (before is not null && before.SameAs(bundle))
            return;

        served.Publish(bundle);
        if (before is not null)
            Log.Replaced(logger, string.Join(", ", bundle.Names), bundle.NotAfter);

        // The local authority's leaf is signed by a root that is trusted directly or not at all: it has no chain.
        foreach (var advice in source is LocalAuthority ? [] : CertificateAdvice.For(bundle, names))
            Log.Advice(logger, advice);
        lastWarning = DateTimeOffset.MinValue;
    }

    private void WarnAboutExpiry()
    {
        var now = time.GetUtcNow();
        if (served.Current is not { } bundle || now - lastWarning < WarningInterval)
            return;

        // A sixth of the lifetime, as much as two weeks of ninety days.
        var early = (bundle.NotAfter - bundle.NotBefore) / 6;
        if (bundle.NotAfter <= now)
            Log.Expired(logger, bundle.NotAfter);
        else if (bundle.NotAfter - now < early)
            Log.Expires(logger, bundle.NotAfter);
        else
            return;

        lastWarning = now;
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Information, "Serving a new certificate for {Names} on both ports, valid until {NotAfter:u}")]
        public static partial void Replaced(ILogger logger, string names, DateTimeOffset notAfter);

        [LoggerMessage(LogLevel.Warning, "A new certificate was refused; the old one stays in use until {NotAfter:u}. {Reason}")]
        public static partial void Refused(ILogger logger, string reason, DateTimeOffset? notAfter);

        [LoggerMessage(LogLevel.Warning, "{Advice}")]
        public static partial void Advice(ILogger logger, string advice);

        [LoggerMessage(LogLevel.Warning, "The certificate expires at {NotAfter:u} and has not been renewed; look after whatever renews its files")]
        public static partial void Expires(ILogger logger, DateTimeOffset notAfter);

        [LoggerMessage(LogLevel.Error, "The certificate expired at {NotAfter:u}: clients and other servers refuse it. Renew its files; they are taken up without a restart")]
        public static partial void Expired(ILogger logger, DateTimeOffset notAfter);
    }
}
