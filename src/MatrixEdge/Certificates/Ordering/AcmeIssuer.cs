using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MatrixEdge.Acme;
using MatrixEdge.Certificates.Dns;
using MatrixEdge.Configuration;
using MatrixEdge.Listening;
using MatrixEdge.Observability;
using MatrixEdge.Storage;

namespace MatrixEdge.Certificates.Ordering;

/// <summary>A certificate authority that speaks ACME. One for all sites: they share the account.</summary>
internal sealed partial class AcmeIssuer : IIssuer, IDisposable
{
    /// <summary>How long an authority may take to issue.</summary>
    private static readonly TimeSpan IssuanceLimit = TimeSpan.FromMinutes(5);

    private static readonly TimeSpan ClockTolerance = TimeSpan.FromMinutes(5);

    private readonly IssuerSettings settings;
    private readonly AcmeSettings acme;
    private readonly Account account;
    private readonly Authorizer authorizer;
    private readonly TimeProvider time;
    private readonly ILogger logger;
    private readonly AcmeClient client;
    private readonly X509Certificate2Collection roots;
    private readonly SemaphoreSlim signingIn = new(1);

    public AcmeIssuer(
        IssuerSettings settings, AcmeSettings acme, IStore store, OpenChallenges challenges, IDnsRecords? records, SelfCheck selfCheck, TimeProvider time, ILogger<AcmeIssuer> logger)
    {
        this.settings = settings;
        this.acme = acme;
        this.time = time;
        this.logger = logger;
        account = new Account(settings, store, time, logger);
        roots = settings.TrustedRoots is { } path ? IssuerSettings.LoadRoots(path) : [];
        client = new AcmeClient(new AcmeClientOptions { DirectoryUri = settings.Directory, UserAgent = $"MatrixEdge/{VersionText.Short}", TrustedRoots = roots, Time = time });
        authorizer = new Authorizer(client, acme.ChallengeTypes, challenges, records, selfCheck, time, logger);
    }

    public string Id => settings.Id;

    public string Name => settings.Directory.Host;

    public string? Profile => settings.Profile;

    public TimeSpan? ClockSkew => client.ClockSkew;

    private DateTimeOffset AuthorityNow => client.ClockSkew is { } skew && skew.Duration() > ClockTolerance ? time.GetUtcNow() + skew : time.GetUtcNow();

    public async Task GreetAsync(CancellationToken stop) => await TellAsync(() => client.GetDirectoryAsync(stop));

    public Task<AcmeRenewalInfo?> GetRenewalInfoAsync(X509Certificate2 certificate, CancellationToken stop) => client.GetRenewalInfoAsync(certificate, stop);

    public async Task<IssuedCertificate> IssueAsync(IssuanceRequest request, CancellationToken stop)
    {
        var refusals = new ConcurrentQueue<ValidationFailure>();
        try
        {
            return await TellAsync(() => SignInAndOrderAsync(request, refusals, stop));
        }
        catch (IssuanceException exception) when (!refusals.IsEmpty)
        {
            // The authority counts them, however the attempt ended.
            throw new IssuanceException(exception.Kind == FailureKind.SelfCheck ? FailureKind.Validation : exception.Kind, exception.Message, exception) { RetryAfter = exception.RetryAfter, Refusals = [.. refusals], Untried = exception.Untried };
        }
    }

    public async Task RevokeAsync(X509Certificate2 certificate, RevocationReason reason, CancellationToken stop) => await TellAsync(async () =>
    {
        using AsymmetricAlgorithm? key = (AsymmetricAlgorithm?)certificate.GetECDsaPrivateKey() ?? certificate.GetRSAPrivateKey();
        await client.RevokeAsync(certificate, reason, key, stop);
        return true;
    });

    public Task<bool> HasAccountAsync(CancellationToken stop) => TellAsync(() => account.ExistsAsync(stop));

    public async Task RollAccountKeyAsync(CancellationToken stop) => await TellAsync(async () =>
    {
        await signingIn.WaitAsync(stop);
        try
        {
            await account.RollKeyAsync(client, stop);
            return true;
        }
        finally
        {
            signingIn.Release();
        }
    });

    public void Dispose()
    {
        client.Dispose();
        signingIn.Dispose();
    }

    private async Task<IssuedCertificate> SignInAndOrderAsync(IssuanceRequest request, ConcurrentQueue<ValidationFailure> refusals, CancellationToken stop)
    {
        await SignInAsync(stop);
        var account = client.AccountUri;
        try
        {
            return await OrderAsync(request, refusals, stop);
        }
        catch (AcmeException exception) when (exception.Problem?.Is(AcmeErrors.AccountDoesNotExist) == true)
        {
            // Forgotten, perhaps in the midst of it, and the order with it. Once: an authority that goes on like that gets no flood of accounts.
            await ReplaceAccountAsync(account, stop);
            await request.Archive.DeleteOrderAsync(stop);
            return await OrderAsync(request, refusals, stop);
        }
    }

    // Numbered as RFC 8555 §7.1 tells it.
    private async Task<IssuedCertificate> OrderAsync(IssuanceRequest request, ConcurrentQueue<ValidationFailure> refusals, CancellationToken stop)
    {
        // 1. Directory, and 2. account, which is signed in
        var profile = ProfileIn(await client.GetDirectoryAsync(stop));

        // 3. Order, 4. authorizations: as often as there are other ways to prove the names that were refused
        var tried = new ConcurrentDictionary<string, ImmutableHashSet<ChallengeType>>();
        var proven = new ConcurrentDictionary<string, ChallengeType>();
        var begun = await ResumeAsync(request, profile, refusals, stop);
        var known = NameState.WithFailures(request.Known, time.GetUtcNow(), refusals);
        AcmeOrder order;
        OpenOrder open;
        while (true)
        {
            (order, open) = begun ?? await OpenAsync(request, profile, [.. refusals], stop);
            if (order.Status is not (AcmeOrderStatus.Pending or AcmeOrderStatus.Unknown))
                break;

            var failed = await authorizer.AuthorizeAsync(order, known, tried, proven, refusals, stop);
            if (failed.IsEmpty)
                break;

            if (!failed.All(failure => authorizer.HasAnotherWay(failure.Name, tried, known)))
                throw NotValidated(failed);

            Log.AnotherWay(logger, Words(failed));
            begun = null;
        }

        // 5. Finalization
        using var key = CertificateKey.FromPem(open.PrivateKey);
        order = await FinalizeAsync(order, open, request, key, stop);

        // 6. Download, and 7. look at it before anybody else does
        CertificateBundle bundle;
        try
        {
            bundle = await DownloadAsync(order.Certificate!, request, key, stop);
        }
        catch (AcmeException exception) when (exception.Kind == AcmeFailure.NotUnderstood)
        {
            await DoubtAsync(request, open, stop);
            throw new IssuanceException(FailureKind.BadAnswer, exception.Message, exception);
        }
        catch (IssuanceException)
        {
            await DoubtAsync(request, open, stop);
            throw;
        }

        var pem = bundle.Leaf.ExportCertificatePem() + "\n" + string.Concat(bundle.Chain.Select(issuer => issuer.ExportCertificatePem() + "\n")) + open.PrivateKey.Trim() + "\n";
        return new IssuedCertificate(
            bundle, pem, new CertificateOrigin(Id, client.AccountUri, settings.Profile, time.GetUtcNow()), open.Replaces is not null, proven.ToImmutableDictionary(), [.. refusals]);
    }

    private async Task SignInAsync(CancellationToken stop)
    {
        await signingIn.WaitAsync(stop);
        try
        {
            await account.SignInAsync(client, stop);
        }
        finally
        {
            signingIn.Release();
        }
    }

    private async Task ReplaceAccountAsync(Uri? unknown, CancellationToken stop)
    {
        await signingIn.WaitAsync(stop);
        try
        {
            // Another site may have met it first.
            if (client.AccountUri == unknown)
                await account.ReplaceAsync(client, stop);
        }
        finally
        {
            signingIn.Release();
        }
    }

    private string? ProfileIn(AcmeDirectory directory)
    {
        if (settings.Profile is not { } profile || directory.Meta.Profiles.ContainsKey(profile))
            return settings.Profile;

        Log.NoSuchProfile(logger, Name, profile, directory.Meta.Profiles.Count > 0 ? string.Join(", ", directory.Meta.Profiles.Keys) : "none");
        return null;
    }

    private async Task<(AcmeOrder Order, OpenOrder Open)> OpenAsync(IssuanceRequest request, string? profile, ImmutableArray<ValidationFailure> refused, CancellationToken stop)
    {
        var replaces = request.Current is { } current && current.Origin.Issuer == Id && current.Origin.Account == client.AccountUri && client.AccountUri is not null
            && (await client.GetDirectoryAsync(stop)).RenewalInfo is not null && current.Bundle.Missing(request.Names).Count() < request.Names.Length
            ? AcmeRenewalInfo.CertificateId(current.Bundle.Leaf)
            : null;
        while (true)
        {
            var open = new OpenOrder(Id, client.AccountUri, request.Names, profile, replaces, null, CertificateKey.NewPem(acme.KeyAlgorithm), time.GetUtcNow()) { Refused = refused };
            await request.Archive.SaveOrderAsync(open, stop);
            try
            {
                var order = await client.CreateOrderAsync(new NewOrder([.. request.Names.Select(AcmeIdentifier.Of)]) { Profile = profile, Replaces = replaces }, stop);
                open = open with { Location = order.Location };
                await request.Archive.SaveOrderAsync(open, stop);
                return (order, open);
            }
            catch (AcmeException exception) when (exception.Problem is { } problem)
            {
                if (problem.Is(AcmeErrors.InvalidProfile) && profile is not null)
                {
                    Log.ProfileRefused(logger, Name, profile, problem.ToString());
                    profile = null;
                }
                else if (replaces is not null && MayBeAbout(problem))
                {
                    Log.ReplacesRefused(logger, Name, problem.ToString());
                    replaces = null;
                }
                else
                {
                    // Nothing was begun: there is nothing to go on with.
                    await request.Archive.DeleteOrderAsync(stop);
                    throw;
                }
            }
        }
    }

    // The order that a crash or a failure left open. What it cost meanwhile is counted now.
    private async Task<(AcmeOrder Order, OpenOrder Open)?> ResumeAsync(
        IssuanceRequest request, string? profile, ConcurrentQueue<ValidationFailure> refusals, CancellationToken stop)
    {
        if (await request.Archive.LoadOrderAsync(stop) is not { } open)
            return null;

        if (open.Issuer == Id && open.Account == client.AccountUri
            && !(request.Current is { } current && CertificateKey.IsOf(open.PrivateKey, current.Bundle.Leaf))) // done, and a crash kept it from being removed
        {
            foreach (var refused in open.Refused)
                refusals.Enqueue(refused);
            var isWanted = open.Names.ToHashSet().SetEquals(request.Names) && open.Profile == profile && CertificateKey.IsA(open.PrivateKey, acme.KeyAlgorithm);
            try
            {
                var order = open.Location is { } location ? await client.GetOrderAsync(location, stop) : isWanted ? await FindLostAsync(open, stop) : null;
                if (isWanted && order?.Status is AcmeOrderStatus.Pending or AcmeOrderStatus.Ready or AcmeOrderStatus.Processing or AcmeOrderStatus.Valid or AcmeOrderStatus.Unknown)
                {
                    Log.Resumed(logger, order.Location, order.Status);
                    open = open with { Location = order.Location };
                    await request.Archive.SaveOrderAsync(open, stop);
                    return (order, open);
                }

                if (order?.Status is AcmeOrderStatus.Invalid)
                {
                    foreach (var refused in await authorizer.FindFailedAsync(order, stop))
                        refusals.Enqueue(refused);
                }
            }
            catch (AcmeException exception) when (IsGone(exception))
            {
                // Authorities forget orders after some days, test systems at every restart.
            }

            var now = time.GetUtcNow();
            var known = NameState.WithFailures(request.Known, now, refusals);
            if (request.Names.Any(name => known.GetValueOrDefault(name)?.MayBeAsked(now) > now))
                throw NotValidated(refusals);
        }

        // The next order takes its place, and says what this one cost.
        if (refusals.IsEmpty)
            await request.Archive.DeleteOrderAsync(stop);
        return null;
    }

    // Neither a nonce that was refused ten times nor a limit says anything about the order.
    private static bool IsGone(AcmeException exception) => exception.Kind == AcmeFailure.Refused && exception.RetryAfter is null
        && exception.StatusCode != HttpStatusCode.TooManyRequests && exception.Problem?.Is(AcmeErrors.BadNonce) != true;

    // The answer to the order was lost. Where the authority lists an account's orders (RFC 8555 §7.1.2.1), it is among the last.
    private async Task<AcmeOrder?> FindLostAsync(OpenOrder open, CancellationToken stop)
    {
        var wanted = open.Names.Select(AcmeIdentifier.Of).ToHashSet();
        foreach (var location in (await client.GetOrdersAsync(stop)).Reverse().Take(10))
        {
            var order = await client.GetOrderAsync(location, stop);
            if (order.Status is AcmeOrderStatus.Pending or AcmeOrderStatus.Ready && wanted.SetEquals(order.Identifiers))
                return order;
        }

        return null;
    }

    private async Task<AcmeOrder> FinalizeAsync(AcmeOrder order, OpenOrder open, IssuanceRequest request, AsymmetricAlgorithm key, CancellationToken stop)
    {
        if (order.Status is AcmeOrderStatus.Pending or AcmeOrderStatus.Unknown)
            order = await WaitAsync(order.Location, seen => seen.Status == AcmeOrderStatus.Unknown, stop);
        if (order.Status is AcmeOrderStatus.Ready)
            order = await client.FinalizeAsync(order, CertificateSigning.CreateRequest(order.Identifiers, key), stop);
        if (order.Status is not (AcmeOrderStatus.Valid or AcmeOrderStatus.Invalid))
            order = await WaitAsync(order.Location, seen => seen.Status is AcmeOrderStatus.Unknown or AcmeOrderStatus.Ready, stop);
        if (order.Status is AcmeOrderStatus.Valid && order.Certificate is not null)
            return order;

        if (order.Status is AcmeOrderStatus.Invalid)
            await request.Archive.DeleteOrderAsync(stop);
        else
            await DoubtAsync(request, open, stop);
        throw new IssuanceException(FailureKind.BadAnswer, $"{Name} did not issue: the order is {order.Status}{(order.Error is { } error ? $", {error}" : "")}");
    }

    private Task<AcmeOrder> WaitAsync(Uri order, Func<AcmeOrder, bool> isPassing, CancellationToken stop) =>
        PassingState.WaitAsync(() => client.WaitForOrderAsync(order, IssuanceLimit, stop), isPassing, IssuanceLimit, time, stop);

    // Perhaps only the way to here has spoiled it: it is fetched once more before another is ordered, since authorities count what they issue.
    private static Task DoubtAsync(IssuanceRequest request, OpenOrder open, CancellationToken stop) =>
        open.IsDoubted ? request.Archive.DeleteOrderAsync(stop) : request.Archive.SaveOrderAsync(open with { IsDoubted = true }, stop);

    // With the chain that the operator prefers, if it can be had and used; no certificate is lost over that.
    private async Task<CertificateBundle> DownloadAsync(Uri location, IssuanceRequest request, AsymmetricAlgorithm key, CancellationToken stop)
    {
        var certificate = await client.DownloadCertificateAsync(location, stop);
        var preferred = await PreferredAsync(certificate, stop);
        try
        {
            return Join(preferred);
        }
        catch (IssuanceException exception) when (preferred != certificate)
        {
            Log.ChainNotHad(logger, settings.PreferredChain!, Name, exception.Message);
            return Join(certificate);
        }

        CertificateBundle Join(AcmeCertificate candidate) => IssuedCheck.Join(candidate, key, request.Names, request.Current?.Bundle, AuthorityNow, roots);
    }

    private async Task<AcmeCertificate> PreferredAsync(AcmeCertificate certificate, CancellationToken stop)
    {
        if (settings.PreferredChain is not { } preferred || LeadsTo(certificate, preferred))
            return certificate;

        var known = new List<string> { RootOf(certificate) };
        string? trouble = null;
        foreach (var alternate in certificate.Alternates)
        {
            try
            {
                var other = await client.DownloadCertificateAsync(alternate, stop);
                if (LeadsTo(other, preferred))
                    return other;

                known.Add(RootOf(other));
            }
            catch (AcmeException exception)
            {
                trouble = exception.Message;
            }
        }

        if (trouble is null)
            Log.NoSuchChain(logger, Name, preferred, string.Join(", ", known));
        else
            Log.ChainNotHad(logger, preferred, Name, trouble);
        return certificate;
    }

    private IssuanceException NotValidated(IEnumerable<ValidationFailure> failed) => new(FailureKind.Validation, $"{Name} could not validate {Words(failed)}");

    private static string Words(IEnumerable<ValidationFailure> failed) => string.Join("; ", failed.Select(failure => $"{failure.Name}: {failure.Reason}"));

    private static string RootOf(AcmeCertificate certificate) => (certificate.Chain.Count > 0 ? certificate.Chain[^1] : certificate.Leaf).GetNameInfo(X509NameType.SimpleName, forIssuer: true);

    private static bool LeadsTo(AcmeCertificate certificate, string root) => RootOf(certificate).Contains(root, StringComparison.OrdinalIgnoreCase);

    // Anything but what would be refused without `replaces`, too: authorities say it in many ways, some as an error of their own.
    private static bool MayBeAbout(AcmeProblem problem) => !new[]
    {
        AcmeErrors.RateLimited, AcmeErrors.BadNonce, AcmeErrors.AccountDoesNotExist, AcmeErrors.UserActionRequired, AcmeErrors.ExternalAccountRequired,
        AcmeErrors.RejectedIdentifier, AcmeErrors.UnsupportedIdentifier, AcmeErrors.Caa, AcmeErrors.InvalidProfile,
    }.Any(problem.Is);

    // Whatever fails becomes what the loop can plan with.
    private async Task<T> TellAsync<T>(Func<Task<T>> ask)
    {
        try
        {
            return await ask();
        }
        catch (AcmeException exception)
        {
            throw Refusal.Of(exception, Name);
        }
        catch (StoreException exception)
        {
            throw new IssuanceException(FailureKind.Store, exception.Message, exception);
        }
        catch (DnsRecordException exception)
        {
            throw new IssuanceException(FailureKind.SelfCheck, exception.Message, exception);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Information, "One way of proving failed, trying another with a new order. {Reasons}")]
        public static partial void AnotherWay(ILogger logger, string reasons);

        [LoggerMessage(LogLevel.Information, "Going on with the order {Order} that was begun before; it is {Status}")]
        public static partial void Resumed(ILogger logger, Uri order, AcmeOrderStatus status);

        [LoggerMessage(LogLevel.Warning, "{Authority} has no profile \"{Profile}\" (it has: {Known}); the order goes without. Correct Certificate:Profile")]
        public static partial void NoSuchProfile(ILogger logger, string authority, string profile, string known);

        [LoggerMessage(LogLevel.Warning, "{Authority} refused the profile \"{Profile}\"; the order goes without. {Reason}")]
        public static partial void ProfileRefused(ILogger logger, string authority, string profile, string reason);

        [LoggerMessage(LogLevel.Information, "{Authority} does not take the order as a renewal of the current certificate, so it is an ordinary one. {Reason}")]
        public static partial void ReplacesRefused(ILogger logger, string authority, string reason);

        [LoggerMessage(LogLevel.Warning, "{Authority} has no chain to a root named like \"{Preferred}\" (it has: {Known}); its first one is used. Correct or remove Certificate:PreferredChain")]
        public static partial void NoSuchChain(ILogger logger, string authority, string preferred, string known);

        [LoggerMessage(LogLevel.Warning, "The chain of Certificate:PreferredChain, \"{Preferred}\", could not be had from {Authority}; its first one is used, and the preferred one is looked for at the next renewal. {Reason}")]
        public static partial void ChainNotHad(ILogger logger, string preferred, string authority, string reason);
    }
}
