using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using MatrixEdge.Certificates.Ordering;
using MatrixEdge.Configuration;
using MatrixEdge.Listening;

namespace MatrixEdge.Certificates;

/// <summary>
/// Keeps the served certificates fresh: the one writer of <see cref="ServedCertificate"/>. Whatever a source does, what is
/// being served stays until something better is in hand.
/// </summary>
internal sealed partial class CertificateKeeper(
    ServedCertificate served, CertificateSources sources, CertificateEvents events, TimeProvider time, ILogger<CertificateKeeper> logger) : BackgroundService
{
    private static readonly TimeSpan WarningInterval = TimeSpan.FromDays(1);

    private readonly Lock gate = new();
    private ImmutableDictionary<string, Kept> kept = ImmutableDictionary<string, Kept>.Empty;
    private CancellationToken? running;

    // Sources that are gone and whose certificates still stand in for those to come; what is left of their loops.
    private readonly HashSet<string> retired = [];
    private readonly List<Task> ending = [];

    /// <summary>Where the root of the local authority is; null with any other source.</summary>
    public string? LocalRootPath => kept.Values.Select(entry => entry.Source).OfType<LocalAuthority>().FirstOrDefault()?.RootPath;

    /// <summary>The sources that order certificates, by site.</summary>
    public IReadOnlyList<AcmeSource> Ordering => [.. kept.Values.Select(entry => entry.Source).OfType<AcmeSource>().OrderBy(source => source.Id, StringComparer.Ordinal)];

    /// <summary>The certificates that the settings lead to, without serving them: a change of settings is checked by this first.</summary>
    /// <exception cref="CertificateException">There is none, and none will come.</exception>
    public async Task<IReadOnlyList<(ICertificateSource Source, CertificateBundle? Bundle)>> PrepareAsync(EdgeSettings settings, CancellationToken stop)
    {
        var prepared = new List<(ICertificateSource, CertificateBundle?)>();
        foreach (var source in sources.For(settings, [.. kept.Values.Select(entry => entry.Source)]))
            prepared.Add((source, await source.LoadAsync(stop)));
        return prepared;
    }

    /// <summary>Serves what was prepared, and watches its sources from now on instead of those before.</summary>
    public void Use(IReadOnlyList<(ICertificateSource Source, CertificateBundle? Bundle)> prepared)
    {
        lock (gate)
        {
            var before = kept;
            kept = prepared.ToImmutableDictionary(
                entry => entry.Source.Id,
                entry => before.GetValueOrDefault(entry.Source.Id) is { } same && ReferenceEquals(same.Source, entry.Source) ? same : new Kept(entry.Source));
            served.Together(() =>
            {
                foreach (var (source, bundle) in prepared)
                {
                    served.Expect(source.Id, source.Names);
                    if (bundle is not null)
                        Publish(kept[source.Id], bundle);
                }
            });

            ending.RemoveAll(loop => loop.IsCompleted);
            foreach (var gone in before.Values.Except(kept.Values))
            {
                gone.Stop();
                (gone.Source as AcmeSource)?.Abandon();
                ending.Add(gone.Loop);
                if (!kept.ContainsKey(gone.Source.Id))
                    retired.Add(gone.Source.Id);
            }

            retired.RemoveWhere(kept.ContainsKey);
            Retire();

            if (running is { } stop)
                Begin(stop);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        lock (gate)
        {
            running = stoppingToken;
            Begin(stoppingToken);
        }

        try
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, time, stoppingToken);
        }
        catch (OperationCanceledException)
        {
            // What is being ordered is given up, and gone on with at the next start.
        }

        foreach (var source in Ordering)
            source.Abandon();
        Task[] loops;
        lock (gate)
            loops = [.. ending, .. kept.Values.Select(entry => entry.Loop)];
        await Task.WhenAll(loops);
    }

    private void Begin(CancellationToken stop)
    {
        foreach (var entry in kept.Values.Where(entry => !entry.HasBegun))
            entry.Begin(token => KeepAsync(entry, token), stop);
    }

    [SuppressMessage("Design", "CA1031", Justification = "The loop ends with the process only: a failure is told, the old certificate stays.")]
    private async Task KeepAsync(Kept entry, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                await WaitAsync(entry, stop);
                var bundle = await entry.Source.LoadAsync(stop);
                lock (gate)
                {
                    if (bundle is not null && kept.GetValueOrDefault(entry.Source.Id) == entry)
                        Publish(entry, bundle);
                }
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception)
            {
                Log.Refused(logger, exception.Message, entry.Bundle?.NotAfter);

                // A source that fails at once must not turn the loop into a spin.
                await Task.Delay(TimeSpan.FromSeconds(1), time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    // Ends when the source has something new; meanwhile the expiry is looked at.
    private async Task WaitAsync(Kept entry, CancellationToken stop)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var change = entry.Source.WaitAsync(entry.Bundle, over.Token);
        while (true)
        {
            WarnAboutExpiry(entry);
            var life = entry.Bundle is { } bundle ? bundle.NotAfter - bundle.NotBefore : TimeSpan.FromDays(90);
            var look = life / 100;
            var pause = Task.Delay(look > TimeSpan.FromHours(1) ? TimeSpan.FromHours(1) : look < TimeSpan.FromSeconds(1) ? TimeSpan.FromSeconds(1) : look, time, over.Token);
            if (await Task.WhenAny(change, pause) == change)
            {
                await over.CancelAsync(); // the timer
                await change;
                return;
            }

            if (stop.IsCancellationRequested)
            {
                // What it had begun it may have to undo: DNS records that are public.
                await change.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                stop.ThrowIfCancellationRequested();
            }
        }
    }

    // A certificate whose source is gone goes when every name that is still wanted has another.
    private void Retire()
    {
        foreach (var id in retired.ToList())
        {
            if (served.Find(id) is { } old && kept.Values.Any(entry => entry.Source.Names
                .Any(name => !old.Missing([name]).Any() && served.Find(entry.Source.Id)?.Missing([name]).Any() != false)))
            {
                continue;
            }

            retired.Remove(id);
            served.Forget(id);
        }
    }

    private void Publish(Kept entry, CertificateBundle bundle)
    {
        entry.Bundle = bundle;
        entry.Alarm = ExpiryAlarm.None;
        if (served.Find(entry.Source.Id) is { } same)
        {
            if (same.SameAs(bundle))
                return;

            // The store has an older one than what is served: the newer could not be kept there.
            if (bundle.NotAfter <= time.GetUtcNow() && same.NotAfter > bundle.NotAfter && !same.Missing(entry.Source.Names).Any())
                return;
        }

        served.Publish(entry.Source.Id, entry.Source.Names, bundle);
        Retire();
        if (running is not null)
            Log.Replaced(logger, string.Join(", ", bundle.Names), bundle.NotAfter);

        // What is ordered was looked at before, and the local authority's leaf has no chain: its root is trusted or it is not.
        foreach (var advice in entry.Source is FilesSource ? CertificateAdvice.For(bundle, entry.Source.Names) : [])
            Log.Advice(logger, advice);
    }

    private void WarnAboutExpiry(Kept entry)
    {
        var now = time.GetUtcNow();
        if (entry.Bundle is not { } bundle)
            return;

        var alarm = ExpiryAlarms.Of(bundle.NotBefore, bundle.NotAfter, now);
        if (alarm == ExpiryAlarm.None || (alarm <= entry.Alarm && now - entry.LastAlarm < WarningInterval))
            return;

        var remedy = entry.Source switch
        {
            FilesSource => "look after whatever renews its files; a new pair is taken up without a restart",
            AcmeSource ordering when ordering.Status.State.LastFailure is { } failure => $"the last attempt failed: {failure.Message.TrimEnd('.')}",
            _ => "look for its failures in this log",
        };
        (entry.Alarm, entry.LastAlarm) = (alarm, now);
        var names = string.Join(", ", bundle.Names);
        if (alarm == ExpiryAlarm.Expired)
            Log.Expired(logger, names, bundle.NotAfter, remedy);
        else if (alarm == ExpiryAlarm.Quarter)
            Log.Expires(logger, names, bundle.NotAfter, remedy);
        else
            Log.ExpiresSoon(logger, names, bundle.NotAfter, remedy);
        events.Expiring(entry.Source.Id, bundle, remedy);
    }

    /// <summary>A source, what it gave last, and the loop that watches it.</summary>
    private sealed class Kept(ICertificateSource source)
    {
        private CancellationTokenSource? stop;

        public ICertificateSource Source { get; } = source;

        public CertificateBundle? Bundle { get; set; }

        public ExpiryAlarm Alarm { get; set; }

        public DateTimeOffset LastAlarm { get; set; } = DateTimeOffset.MinValue;

        public Task Loop { get; private set; } = Task.CompletedTask;

        public bool HasBegun => stop is not null;

        public void Begin(Func<CancellationToken, Task> loop, CancellationToken stopping)
        {
            stop = CancellationTokenSource.CreateLinkedTokenSource(stopping);
            Loop = Task.Run(() => loop(stop.Token), CancellationToken.None);
        }

        public void Stop() => stop?.Cancel();
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Information, "Serving a new certificate for {Names} on both ports, valid until {NotAfter:u}")]
        public static partial void Replaced(ILogger logger, string names, DateTimeOffset notAfter);

        [LoggerMessage(LogLevel.Warning, "A new certificate was refused; the old one stays in use until {NotAfter:u}. {Reason}")]
        public static partial void Refused(ILogger logger, string reason, DateTimeOffset? notAfter);

        [LoggerMessage(LogLevel.Warning, "{Advice}")]
        public static partial void Advice(ILogger logger, string advice);

        [LoggerMessage(LogLevel.Warning, "The certificate of {Names} expires at {NotAfter:u} and has not been renewed; {Remedy}")]
        public static partial void Expires(ILogger logger, string names, DateTimeOffset notAfter, string remedy);

        [LoggerMessage(LogLevel.Error, "The certificate of {Names} expires at {NotAfter:u} and has not been renewed; {Remedy}")]
        public static partial void ExpiresSoon(ILogger logger, string names, DateTimeOffset notAfter, string remedy);

        [LoggerMessage(LogLevel.Error, "The certificate of {Names} expired at {NotAfter:u}: clients and other servers refuse it; {Remedy}")]
        public static partial void Expired(ILogger logger, string names, DateTimeOffset notAfter, string remedy);
    }
}
