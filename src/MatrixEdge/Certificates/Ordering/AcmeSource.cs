using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MatrixEdge.Acme;
using MatrixEdge.Configuration;
using MatrixEdge.Listening;
using MatrixEdge.Storage;

namespace MatrixEdge.Certificates.Ordering;

/// <summary>
/// Keeps a site's certificate fresh by ordering it: the store first, then one loop of look, decide, order, check, keep. It ends
/// only with the process; a failure is a state, kept and shown, with a written time for the next attempt.
/// </summary>
internal sealed partial class AcmeSource(
    string site,
    ImmutableArray<string> names,
    AcmeSettings settings,
    ImmutableArray<IIssuer> issuers,
    IIssuer? rehearsal,
    IStore store,
    TimeProvider time,
    Random random,
    CertificateEvents events,
    ILoggerFactory loggers,
    string? configuration = null) : ICertificateSource, IDisposable
{
    /// <summary>The longest that the loop sleeps: by the wall clock, so that a computer that slept or was set right is noticed.</summary>
    private static readonly TimeSpan LongestSleep = TimeSpan.FromMinutes(10);

    private static readonly TimeSpan AttemptLimit = TimeSpan.FromMinutes(15);
    private static readonly TimeSpan ClockWarningInterval = TimeSpan.FromHours(1);
    private static readonly TimeSpan LockedElsewhere = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan RehearsalLimit = TimeSpan.FromMinutes(5);

    private readonly CertificateArchive archive = new(store, site, loggers.CreateLogger<CertificateArchive>());
    private readonly CertificateArchive rehearsalArchive = new(store, "rehearsal-" + site, loggers.CreateLogger<CertificateArchive>());
    private readonly ILogger logger = loggers.CreateLogger<AcmeSource>();
    private readonly AuthorityClock clock = new(time);

    // One job at a time: a step of the loop, or what an operator asks for.
    private readonly SemaphoreSlim job = new(1);
    private readonly Lock gate = new();
    private TaskCompletionSource woken = NewSignal();
    private TaskCompletionSource<RenewalOutcome>? awaited;

    private volatile ArchivedCertificate? current;
    private volatile RenewalState state = new();
    private string? pendingPem;
    private bool isLoaded;
    private long attemptBegan;
    private DateTimeOffset lastClockWarning = DateTimeOffset.MinValue;

    public string Id => site;

    public IReadOnlyCollection<string> Names => names;

    /// <summary>The authorities that are asked, the first one first.</summary>
    public ImmutableArray<IIssuer> Issuers => issuers;

    /// <summary>What there is to tell, without waiting for anything.</summary>
    public CertificateStatus Status
    {
        get
        {
            var (certificate, known) = (current, state);
            var issuer = issuers.FirstOrDefault(candidate => candidate.Id == certificate?.Origin.Issuer)?.Name ?? certificate?.Origin.Issuer;
            return new CertificateStatus(site, names, certificate?.Bundle, certificate?.Generation ?? 0, issuer, Decide(certificate, known, time.GetUtcNow(), clock.Skew), known);
        }
    }

    public async Task<CertificateBundle?> LoadAsync(CancellationToken stop)
    {
        if (!isLoaded)
        {
            try
            {
                await archive.CloseToOthersAsync(stop);
                current = await archive.LoadNewestAsync(stop);
                state = await archive.LoadStateAsync(stop) ?? state;
                if (state.AskedAt <= current?.Origin.Obtained)
                    state = state with { Asked = null, AskedAt = null }; // done, though a crash kept it from being written down
                if (configuration is not null && state.Configuration != configuration)
                    state = state with { Configuration = configuration, NextAttempt = null, IssuerFailures = 0, Issuer = null }; // perhaps just what was amiss
                isLoaded = true;
            }
            catch (StoreException exception)
            {
                Log.StoreUnreadable(logger, exception.Message);
            }
        }

        return current?.Bundle;
    }

    public async Task WaitAsync(CertificateBundle? served, CancellationToken stop)
    {
        while (ReferenceEquals(current?.Bundle, served))
        {
            Task wake;
            lock (gate)
            {
                if (woken.Task.IsCompleted)
                    woken = NewSignal();
                wake = woken.Task;
            }

            var next = await LookAsync(stop);
            if (!ReferenceEquals(current?.Bundle, served))
                return;

            var sleep = next - time.GetUtcNow();
            if (sleep > LongestSleep)
                sleep = LongestSleep * (0.9 + (random.NextDouble() * 0.1));
            using var over = CancellationTokenSource.CreateLinkedTokenSource(stop);
            await Task.WhenAny(wake, Task.Delay(sleep > TimeSpan.FromSeconds(1) ? sleep : TimeSpan.FromSeconds(1), time, over.Token));
            await over.CancelAsync();
            stop.ThrowIfCancellationRequested();
        }
    }

    /// <summary>Orders a new certificate now, whatever the schedule says, and tells how that ended.</summary>
    public async Task<RenewalOutcome> RenewAsync(string why, CancellationToken stop)
    {
        Task<RenewalOutcome> outcome;
        await job.WaitAsync(stop);
        try
        {
            outcome = await AskAsync(why, stop);
        }
        finally
        {
            job.Release();
        }

        Wake();
        return await outcome.WaitAsync(stop);
    }

    /// <summary>Revokes what is served (RFC 8555 §7.6) and orders another at once, which has a key of its own. The revoked one is served until then.</summary>
    /// <exception cref="IssuanceException">It was not revoked.</exception>
    public async Task<RenewalOutcome> RevokeAsync(RevocationReason reason, CancellationToken stop)
    {
        // What is served at this moment is meant, not what an order that is under way may bring meanwhile.
        if (!isLoaded)
            throw new IssuanceException(FailureKind.Store, $"{archive.Place} cannot be read; the log says why");
        var certificate = current;
        Task<RenewalOutcome> outcome;
        await job.WaitAsync(stop);
        try
        {
            if (certificate is null)
                throw new IssuanceException(FailureKind.NeedsOperator, $"{site} has no certificate that could be revoked");
            var issuer = issuers.FirstOrDefault(candidate => candidate.Id == certificate.Origin.Issuer)
                ?? throw new IssuanceException(FailureKind.NeedsOperator,
                    $"The certificate of {site} comes from {certificate.Origin.Issuer ?? "elsewhere"}, which is not among the configured authorities; revoke it there");
            await issuer.RevokeAsync(certificate.Bundle.Leaf, reason, stop);
            Log.Revoked(logger, certificate.Bundle.Leaf.SerialNumber, string.Join(", ", certificate.Bundle.Names), reason);
            if (!ReferenceEquals(current?.Bundle, certificate.Bundle))
            {
                await archive.SetCompromisedAsync(certificate.Generation, stop);
                return new RenewalOutcome(true, $"Revoked; another certificate had replaced it already, valid until {current!.Bundle.NotAfter:u}");
            }

            outcome = await AskAsync($"revoked: {reason}", stop);
        }
        finally
        {
            job.Release();
        }

        Wake();
        return await outcome.WaitAsync(stop);
    }

    /// <summary>Looks again now: something else has changed.</summary>
    public void Wake()
    {
        lock (gate)
            woken.TrySetResult();
    }

    /// <summary>Tells those who wait for an outcome that it will not be this one who brings it.</summary>
    public void Abandon() => Answer(new RenewalOutcome(false, "The configuration was changed or the gateway is stopping; ask again"));

    /// <summary>One turn of the loop. Never throws but for cancellation; returns when to look again.</summary>
    [SuppressMessage("Design", "CA1031", Justification = "The loop ends with the process only: a failure is told, and tried again on schedule.")]
    public async Task<DateTimeOffset> LookAsync(CancellationToken stop)
    {
        await job.WaitAsync(stop);
        try
        {
            return await TurnAsync(stop);
        }
        catch (Exception exception) when (!stop.IsCancellationRequested)
        {
            Log.Unexpected(logger, exception);
            var failure = new IssuanceException(FailureKind.BadAnswer, $"Something unexpected: {exception.Message}", exception);
            return await FailAsync(ChooseIssuer(state, time.GetUtcNow()) ?? issuers[0], failure, stop);
        }
        finally
        {
            job.Release();
        }
    }

    public void Dispose() => job.Dispose();

    private async Task<DateTimeOffset> TurnAsync(CancellationToken stop)
    {
        if (!isLoaded)
            await LoadAsync(stop);
        if (!isLoaded)
        {
            Answer(new RenewalOutcome(false, $"{archive.Place} cannot be read; the log says why"));
            return time.GetUtcNow() + TimeSpan.FromMinutes(1);
        }

        if (pendingPem is not null)
            await KeepAsync(stop);
        ForgetTheFuture();
        await LookForWindowAsync(stop);

        var now = time.GetUtcNow();
        var decision = Decide(current, state, now, clock.Skew);
        if (decision.Due > now)
            return NotYet(decision, now);

        if (ChooseIssuer(state, now) is not { } issuer)
        {
            var opens = issuers.Min(candidate => state.Closed.GetValueOrDefault(candidate.Id));
            Answer(new RenewalOutcome(false, $"No authority wants to be asked before {opens:u}. {state.LastFailure?.Message}"));
            return SoonestLook(opens, now);
        }

        return await AttemptAsync(issuer, decision, stop);
    }

    private async Task<DateTimeOffset> AttemptAsync(IIssuer issuer, RenewalDecision decision, CancellationToken stop)
    {
        attemptBegan = time.GetTimestamp();
        using var limit = new CancellationTokenSource(AttemptLimit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stop, limit.Token);
        try
        {
            await using var turn = await archive.TryLockAsync(either.Token);
            if (turn is null)
                return time.GetUtcNow() + LockedElsewhere;

            // Look again: whoever had the lock may have done the work.
            if (await archive.LoadNewestAsync(either.Token) is { } newest && newest.Generation > (current?.Generation ?? 0) && pendingPem is null)
            {
                current = newest;
                state = await archive.LoadStateAsync(either.Token) ?? state;
                Answer(new RenewalOutcome(true, $"Another process renewed the certificate; it is valid until {newest.Bundle.NotAfter:u}"));
                return time.GetUtcNow();
            }

            // Nothing is ordered that a restart would lose.
            await archive.CloseToOthersAsync(either.Token);
            await archive.CheckAsync(either.Token);

            // A wrong clock of ours makes good certificates look expired: the authority's counts.
            await issuer.GreetAsync(either.Token);
            LookAtClock(issuer);
            var again = Decide(current, state, time.GetUtcNow(), clock.Skew);
            if (again.Due > time.GetUtcNow())
                return NotYet(again, time.GetUtcNow());

            Log.Ordering(logger, string.Join(", ", again.Names), issuer.Name, Words(again.Reason));
            await RehearseAsync(issuer, again, either.Token);
            var issued = await issuer.IssueAsync(new IssuanceRequest(again.Names, current, state.Names, archive), either.Token);
            await TakeAsync(issuer, issued, again, stop);
            return time.GetUtcNow();
        }
        catch (IssuanceException exception)
        {
            return await FailAsync(issuer, exception, stop);
        }
        catch (StoreException exception)
        {
            return await FailAsync(issuer, new IssuanceException(FailureKind.Store, $"{exception.Message.TrimEnd('.')}. No certificate is ordered that could not be kept", exception), stop);
        }
        catch (OperationCanceledException exception) when (!stop.IsCancellationRequested)
        {
            return await FailAsync(issuer, new IssuanceException(FailureKind.Unreachable, $"{issuer.Name} was not done within {AttemptLimit.TotalMinutes:0} minutes", exception), stop);
        }
    }

    // After names could not be validated again and again, the authority's test system is asked first: failing there is free.
    private async Task RehearseAsync(IIssuer issuer, RenewalDecision decision, CancellationToken stop)
    {
        if (rehearsal is null || issuer != issuers[0] || !decision.Names.Any(name => state.Of(name).Failures >= RenewalPolicy.FailuresBeforeLeavingOut))
            return;

        try
        {
            using var limit = new CancellationTokenSource(RehearsalLimit, time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(stop, limit.Token);
            await rehearsal.IssueAsync(new IssuanceRequest(decision.Names, null, ImmutableDictionary<string, NameState>.Empty, rehearsalArchive), either.Token);
            await rehearsalArchive.DeleteOrderAsync(stop);
        }
        catch (IssuanceException exception) when (exception.Refusals.Length > 0)
        {
            await rehearsalArchive.DeleteOrderAsync(stop);
            throw new IssuanceException(FailureKind.SelfCheck, $"Tried with {rehearsal.Name} only, which counts no failures. {exception.Message}", exception)
            {
                Untried = [.. exception.Refusals.DistinctBy(refusal => refusal.Name)],
            };
        }
        catch (Exception exception) when (exception is IssuanceException || (exception is OperationCanceledException && !stop.IsCancellationRequested))
        {
            // A test system that is not well says nothing about the names.
        }
    }

    // Kept, then served; if it cannot be kept, served all the same, since it is there and counted.
    private async Task TakeAsync(IIssuer issuer, IssuedCertificate issued, RenewalDecision decision, CancellationToken stop)
    {
        var now = time.GetUtcNow();
        var life = new CertificateLife(issued.Bundle.NotBefore, issued.Bundle.NotAfter);
        var before = current;
        var learnt = NameState.WithFailures(state.Names, now, issued.Refusals);
        foreach (var name in decision.Names)
            learnt = learnt.SetItem(name, (learnt.GetValueOrDefault(name) ?? NameState.Unknown).WithSuccess(issued.Proven.TryGetValue(name, out var type) ? type : null));

        var exempt = issued.Replaces && state.Window is { } window && now >= window.Start && now < window.End;
        var wasCompromised = state.Asked?.EndsWith(nameof(RevocationReason.KeyCompromise), StringComparison.Ordinal) == true;
        current = new ArchivedCertificate(issued.Bundle, issued.Origin, 0);
        pendingPem = issued.Pem;
        state = state with
        {
            Failures = 0,
            IssuerFailures = 0,
            Issuer = null,
            LastFailure = null,
            NextAttempt = null,
            LastSuccess = now,
            Asked = null,
            AskedAt = null,
            Closed = state.Closed.Remove(issuer.Id),
            Names = learnt.RemoveRange(learnt.Keys.Except(names)),
            Window = null,
            NextWindowLook = null,
            WindowFailures = 0,
            Issued = [.. state.Issued.Where(entry => entry.At > now - TimeSpan.FromDays(8)), new IssuedRecord(now, IssuedRecord.KeyOf(decision.Names), exempt, life.Length) { Issuer = issuer.Id }],
        };
        await KeepAsync(stop);
        if (wasCompromised && before is { Generation: > 0 } && pendingPem is null)
            await archive.SetCompromisedAsync(before.Generation, stop);

        var left = names.Except(decision.Names).ToList();
        if (left.Count > 0)
            Log.LeftOut(logger, string.Join("; ", left.Select(name => $"{name}: {state.Of(name).Reason}")), string.Join(", ", issued.Bundle.Names));
        var text = $"{issuer.Name} issued a certificate for {string.Join(", ", issued.Bundle.Names)}, valid until {issued.Bundle.NotAfter:u}";
        Log.Obtained(logger, text);
        events.Obtained(site, issued.Bundle, issuer.Name, time.GetElapsedTime(attemptBegan));
        Answer(new RenewalOutcome(true, text));
    }

    private async Task KeepAsync(CancellationToken stop)
    {
        try
        {
            current = await archive.SaveAsync(current!.Bundle, pendingPem!, current.Origin, stop);
            pendingPem = null;
            await SaveStateAsync(stop);
            await archive.DeleteOrderAsync(stop);
        }
        catch (StoreException exception)
        {
            Log.NotKept(logger, exception.Message);
        }
    }

    private async Task<DateTimeOffset> FailAsync(IIssuer issuer, IssuanceException failure, CancellationToken stop)
    {
        var now = time.GetUtcNow();
        var plan = FailurePlan.Make(state, failure, names, issuers, issuer, Localized(current, clock.Skew), now, random);
        state = plan.State;
        await SaveStateAsync(failure, stop);

        var next = state.NextAttempt!.Value;
        var served = current is not { } kept ? "There is no certificate to serve"
            : kept.Bundle.NotAfter <= now + clock.Skew ? $"The certificate expired at {kept.Bundle.NotAfter:u}"
            : $"The current one is valid until {kept.Bundle.NotAfter:u}";
        var then = plan.Successor is { } successor ? $"{successor.Name} is asked" : "Next attempt";
        if (plan.IsUrgent || failure.Kind is FailureKind.NeedsOperator or FailureKind.Store)
            Log.FailedBadly(logger, site, failure.Message.TrimEnd('.'), served, then, next);
        else
            Log.Failed(logger, site, failure.Message.TrimEnd('.'), served, then, next);
        events.Failed(site, current?.Bundle, issuer.Name, failure.Message, next, time.GetElapsedTime(attemptBegan));
        Answer(new RenewalOutcome(false, failure.Message));
        return next;
    }

    // All in the time of this computer: what the authority's clock says is moved by what it is off.
    private RenewalDecision Decide(ArchivedCertificate? certificate, RenewalState known, DateTimeOffset now, TimeSpan skew)
    {
        var bundle = certificate?.Bundle;
        var origin = certificate?.Origin ?? CertificateOrigin.ByHand;
        var issuer = issuers.FirstOrDefault(candidate => candidate.Id == origin.Issuer);
        var isOurs = origin.Issuer is not null;
        return RenewalPolicy.Decide(new RenewalFacts(
            now,
            Localized(certificate, skew),
            IdOf(certificate),
            names,
            bundle is null ? names : [.. bundle.Missing(names)],
            isOurs && bundle!.Names.Except(names, StringComparer.OrdinalIgnoreCase).Any() && !(known.Issued is [.., { Names: var last }] && last == IssuedRecord.KeyOf(names)), // what the authority adds of itself it will add again
            isOurs && (issuer is null || issuer.Profile != origin.Profile || !HasKey(bundle!, settings.KeyAlgorithm)),
            known.Window is { } window ? known with { Window = window with { Start = window.Start - skew, End = window.End - skew, Selected = window.Selected - skew } } : known)
        {
            Issuer = (ChooseIssuer(known, now) ?? issuers[0]).Id,
        });
    }

    private static CertificateLife? Localized(ArchivedCertificate? certificate, TimeSpan skew) =>
        certificate?.Life is { } life ? new CertificateLife(life.NotBefore - skew, life.NotAfter - skew) : null;

    private static bool HasKey(CertificateBundle bundle, CertificateKeyAlgorithm algorithm)
    {
        using AsymmetricAlgorithm? key = (AsymmetricAlgorithm?)bundle.Leaf.GetECDsaPublicKey() ?? bundle.Leaf.GetRSAPublicKey();
        return key is not null && CertificateKey.IsA(key, algorithm);
    }

    private static string? IdOf(ArchivedCertificate? certificate) =>
        certificate?.Bundle.Leaf.Extensions.OfType<X509AuthorityKeyIdentifierExtension>().Any(key => key.KeyIdentifier is not null) == true
            ? AcmeRenewalInfo.CertificateId(certificate.Bundle.Leaf)
            : null;

    // The one that is being tried, else the first; those that do not want to be asked yet are passed over.
    private IIssuer? ChooseIssuer(RenewalState known, DateTimeOffset now)
    {
        var first = Math.Max(issuers.Select((candidate, index) => candidate.Id == known.Issuer ? index : -1).Max(), 0);
        return Enumerable.Range(0, issuers.Length).Select(step => issuers[(first + step) % issuers.Length])
            .FirstOrDefault(candidate => known.Closed.GetValueOrDefault(candidate.Id) <= now);
    }

    [SuppressMessage("Design", "CA1031", Justification = "A window is a wish; without it the certificate is renewed by its share of life.")]
    private async Task LookForWindowAsync(CancellationToken stop)
    {
        var now = time.GetUtcNow();
        if (current is not { } certificate || certificate.Bundle.NotAfter <= now || now < state.NextWindowLook || IdOf(certificate) is not { } id
            || issuers.FirstOrDefault(candidate => candidate.Id == certificate.Origin.Issuer) is not { } issuer)
        {
            return;
        }

        try
        {
            var info = await issuer.GetRenewalInfoAsync(certificate.Bundle.Leaf, stop);
            var before = state.Window;
            var window = info is null ? null : RenewalWindow.Choose(before, id, info.Start, info.End, info.ExplanationUri, random);
            now = time.GetUtcNow();
            state = state with { Window = window, NextWindowLook = now + (info?.RetryAfter ?? TimeSpan.FromDays(1)), WindowFailures = 0 };
            if (window is not null && before?.Certificate == id && window != before)
                Log.WindowMoved(logger, issuer.Name, site, window.Start, window.End, window.Explanation is { } uri ? $"; it explains: {uri}" : "");
            else if (window is not null && window != before)
                Log.Window(logger, issuer.Name, site, window.Start, window.End, window.Selected);
        }
        catch (AcmeException exception)
        {
            // Our own schedule stands in; the last window counts for as long as it was the last word.
            now = time.GetUtcNow();
            var failures = state.WindowFailures + 1;
            var wait = TimeSpan.FromMinutes(Math.Min(360, 5 * Math.Pow(2, Math.Min(failures - 1, 10))));
            if (exception.RetryAfter is { } asked && asked > wait)
                wait = asked < TimeSpan.FromDays(1) ? asked : TimeSpan.FromDays(1);
            state = state with { NextWindowLook = now + wait, WindowFailures = failures, Window = exception.Kind == AcmeFailure.Unreachable || exception.Kind == AcmeFailure.ServerError ? state.Window : null };
            Log.NoWindow(logger, issuer.Name, site, exception.Message);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            // Whatever it is, it keeps no certificate from being renewed.
            state = state with { Window = null, NextWindowLook = time.GetUtcNow() + TimeSpan.FromHours(6) };
            Log.Unexpected(logger, exception);
        }

        LookAtClock(issuer);
        await SaveStateAsync(stop);
    }

    // Whoever asked for one is told why it has to wait: the limits of authorities are not the operator's to lift.
    private DateTimeOffset NotYet(RenewalDecision decision, DateTimeOffset now)
    {
        Answer(new RenewalOutcome(false, $"No certificate for {string.Join(", ", decision.Names)} is ordered before {decision.Due:u}, so that the limits of authorities are kept; then it is, without being asked for again"));
        return SoonestLook(decision.Due, now);
    }

    private DateTimeOffset SoonestLook(DateTimeOffset due, DateTimeOffset now)
    {
        var look = current is null || state.NextWindowLook is not { } window || window > due ? due : window;
        return pendingPem is not null && look > now + TimeSpan.FromMinutes(1) ? now + TimeSpan.FromMinutes(1) : look;
    }

    private void LookAtClock(IIssuer issuer)
    {
        clock.Read(issuer.ClockSkew);
        var off = clock.Skew;
        if (off == TimeSpan.Zero || (time.GetUtcNow() - lastClockWarning).Duration() < ClockWarningInterval)
            return;

        lastClockWarning = time.GetUtcNow();
        Log.Clock(logger, off > TimeSpan.Zero ? "behind" : "ahead of", issuer.Name, off.Duration());
    }

    // What was planned while the clock was ahead would otherwise wait until it is there again.
    private void ForgetTheFuture()
    {
        var now = time.GetUtcNow();
        if (state.WrittenAt is not { } written || written <= now + TimeSpan.FromMinutes(5))
            return;

        Log.ClockSetBack(logger, written - now);
        state = state with
        {
            WrittenAt = now,
            NextAttempt = null,
            NextWindowLook = null,
            Closed = state.Closed.Clear(),
            Names = state.Names.ToImmutableDictionary(entry => entry.Key, entry => entry.Value.Until(now)),
            Issued = [.. state.Issued.Select(issued => issued.At > now ? issued with { At = now } : issued)],
        };
    }

    private Task SaveStateAsync(CancellationToken stop) => SaveStateAsync(null, stop);

    private async Task SaveStateAsync(IssuanceException? counted, CancellationToken stop)
    {
        state = state with { WrittenAt = time.GetUtcNow() };
        try
        {
            await archive.SaveStateAsync(state, stop);
            if (counted is { Refusals.Length: > 0 })
                await archive.SetCountedAsync(counted.Kind == FailureKind.Validation, stop);
        }
        catch (StoreException exception)
        {
            Log.StateNotKept(logger, exception.Message);
        }
    }

    private async Task<Task<RenewalOutcome>> AskAsync(string why, CancellationToken stop)
    {
        if (!isLoaded)
            return Task.FromResult(new RenewalOutcome(false, $"{archive.Place} cannot be read; the log says why"));

        state = state with { Asked = why, AskedAt = time.GetUtcNow(), NextAttempt = null, IssuerFailures = 0 };
        await SaveStateAsync(stop);
        lock (gate)
        {
            awaited ??= new TaskCompletionSource<RenewalOutcome>(TaskCreationOptions.RunContinuationsAsynchronously);
            return awaited.Task;
        }
    }

    private void Answer(RenewalOutcome outcome)
    {
        lock (gate)
        {
            awaited?.TrySetResult(outcome);
            awaited = null;
        }
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private string Words(RenewalReason reason) => reason switch
    {
        RenewalReason.None => "there is none yet",
        RenewalReason.Expired => "the current one has expired",
        RenewalReason.Asked => state.Asked ?? "it was asked for",
        RenewalReason.Names => "the current one does not have the names of the configuration",
        RenewalReason.Settings => "the configuration asks for another kind",
        RenewalReason.Window => "the authority suggests to renew now" + (state.Window?.Explanation is { } uri ? $", see {uri}" : ""),
        RenewalReason.Share => "it is time to renew",
        _ => "the current one expires very soon",
    };

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Information, "Ordering a certificate for {Names} from {Authority}: {Reason}")]
        public static partial void Ordering(ILogger logger, string names, string authority, string reason);

        [LoggerMessage(LogLevel.Information, "{Text}")]
        public static partial void Obtained(ILogger logger, string text);

        [LoggerMessage(LogLevel.Warning, "No new certificate for {Site}. {Reason}. {Served}. {Then} at {Next:u}")]
        public static partial void Failed(ILogger logger, string site, string reason, string served, string then, DateTimeOffset next);

        [LoggerMessage(LogLevel.Error, "No new certificate for {Site}. {Reason}. {Served}. {Then} at {Next:u}")]
        public static partial void FailedBadly(ILogger logger, string site, string reason, string served, string then, DateTimeOffset next);

        [LoggerMessage(LogLevel.Error, "Names are left out of the certificate, since they failed again and again: {Names}. It is for {Kept}; the others are tried again every six hours")]
        public static partial void LeftOut(ILogger logger, string names, string kept);

        [LoggerMessage(LogLevel.Information, "Revoked the certificate {Serial} of {Names}, reason {Reason}; a new one with another key is ordered")]
        public static partial void Revoked(ILogger logger, string serial, string names, RevocationReason reason);

        [LoggerMessage(LogLevel.Information, "{Authority} suggests to renew the certificate of {Site} between {Start:u} and {End:u}; chosen: {Selected:u}")]
        public static partial void Window(ILogger logger, string authority, string site, DateTimeOffset start, DateTimeOffset end, DateTimeOffset selected);

        [LoggerMessage(LogLevel.Warning, "{Authority} now suggests to renew the certificate of {Site} between {Start:u} and {End:u}{Explanation}")]
        public static partial void WindowMoved(ILogger logger, string authority, string site, DateTimeOffset start, DateTimeOffset end, string explanation);

        [LoggerMessage(LogLevel.Information, "{Authority} gave no usable renewal window for the certificate of {Site}; it is renewed by its share of life. {Reason}")]
        public static partial void NoWindow(ILogger logger, string authority, string site, string reason);

        [LoggerMessage(LogLevel.Warning, "This computer's clock is {Direction} that of {Authority} by {Difference:g}; certificates are judged by the authority's clock meanwhile. Set the clock right, for example with systemd-timesyncd")]
        public static partial void Clock(ILogger logger, string direction, string authority, TimeSpan difference);

        [LoggerMessage(LogLevel.Warning, "This computer's clock was set back by {Difference:g}; plans that were made before are made anew")]
        public static partial void ClockSetBack(ILogger logger, TimeSpan difference);

        [LoggerMessage(LogLevel.Error, "{Reason}. No certificate is served from there and none is ordered until it can be read")]
        public static partial void StoreUnreadable(ILogger logger, string reason);

        [LoggerMessage(LogLevel.Error, "The new certificate is served but not kept, and a restart would lose it: {Reason}. It is tried again every minute")]
        public static partial void NotKept(ILogger logger, string reason);

        [LoggerMessage(LogLevel.Warning, "The state of renewal could not be kept, and a restart would forget it: {Reason}")]
        public static partial void StateNotKept(ILogger logger, string reason);

        [LoggerMessage(LogLevel.Error, "Looking after the certificate failed in an unexpected way, which is a mistake in this program; please report it")]
        public static partial void Unexpected(ILogger logger, Exception exception);
    }
}
