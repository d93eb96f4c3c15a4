using System.Collections.Immutable;
using System.Text.Json;
using MatrixEdge.Acme;
using MatrixEdge.Certificates;
using MatrixEdge.Certificates.Ordering;
using MatrixEdge.Configuration;
using MatrixEdge.Listening;
using MatrixEdge.Sites;

namespace MatrixEdge.Observability;

/// <summary>
/// Certificates as the operator sees and handles them. What was asked for goes on whether or not the asker waits for it.
/// </summary>
internal sealed partial class CertificateRequests(
    CertificateKeeper keeper, ServedCertificate served, CurrentSites sites, IHostApplicationLifetime lifetime, TimeProvider time, ILogger<CertificateRequests> logger)
{
    /// <summary>How long a request waits for the outcome.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private static readonly string Reasons = string.Join(", ", Enum.GetNames<RevocationReason>().Select(JsonNamingPolicy.CamelCase.ConvertName));

    public CertificateListing Listing() => CertificateListing.Of(sites.Table.Settings.Certificate.Source, keeper, served, time.GetUtcNow());

    public Task ListAsync(HttpContext context) => AdminAnswer.WriteAsync(context, StatusCodes.Status200OK, Listing());

    /// <summary>Orders new certificates now: <c>{ "sites": ["example.com"] }</c>, or for all.</summary>
    public async Task RenewAsync(HttpContext context)
    {
        if (await AdminRequest.ReadAsync<RenewRequest>(context, """{ "sites": ["example.com"] }""") is not { } request || await OrderingAsync(context, request.Sites) is not { } chosen)
            return;

        await AnswerAsync(context, [.. chosen.Select(source => (source.Id, (Func<CancellationToken, Task<RenewalOutcome>>)(stop => source.RenewAsync("an operator asked for it", stop))))]);
    }

    /// <summary>Revokes a site's certificate and orders another: <c>{ "site": "example.com", "reason": "keyCompromise" }</c>.</summary>
    public async Task RevokeAsync(HttpContext context)
    {
        if (await AdminRequest.ReadAsync<RevokeRequest>(context, $$"""{ "site": "example.com", "reason": "keyCompromise" }, with a reason of {{Reasons}}""") is not { } request || await OrderingAsync(context, request.Site is null ? null : [request.Site]) is not { } chosen)
            return;

        if (chosen.Length > 1)
        {
            await AdminAnswer.RefuseAsync(context, StatusCodes.Status400BadRequest, $"Say whose certificate to revoke, as \"site\": one of {Known()}");
            return;
        }

        await AnswerAsync(context, [(chosen[0].Id, stop => chosen[0].RevokeAsync(request.Reason ?? RevocationReason.Unspecified, stop))]);
    }

    /// <summary>Gives the account at each authority a new key (RFC 8555 §7.3.5).</summary>
    public async Task RollAccountKeyAsync(HttpContext context)
    {
        if (await AdminRequest.ReadAsync<RollRequest>(context, "{}") is null || await OrderingAsync(context, null) is not { } chosen)
            return;

        var issuers = new List<IIssuer>();
        foreach (var issuer in chosen.SelectMany(source => source.Issuers).Distinct())
        {
            if (await issuer.HasAccountAsync(context.RequestAborted))
                issuers.Add(issuer);
        }

        if (issuers.Count == 0)
        {
            await AdminAnswer.RefuseAsync(context, StatusCodes.Status409Conflict, "There is no account yet whose key could be changed; the first order makes one, with a key of its own");
            return;
        }

        await AnswerAsync(context, [.. issuers.Select(issuer => (issuer.Name, (Func<CancellationToken, Task<RenewalOutcome>>)(async stop =>
        {
            await issuer.RollAccountKeyAsync(stop);
            Log.Rolled(logger, issuer.Name);
            return new RenewalOutcome(true, $"The account at {issuer.Name} has a new key; the old one is worth nothing any more");
        })))]);
    }

    // All at the same time: each site has a loop of its own, and the patience is for the whole.
    private async Task AnswerAsync(HttpContext context, ImmutableArray<(string What, Func<CancellationToken, Task<RenewalOutcome>> Begin)> jobs)
    {
        var work = jobs.Select(job => (job.What, Task: RunAsync(job.What, job.Begin))).ToList();
        try
        {
            await Task.WhenAll(work.Select(job => job.Task)).WaitAsync(Patience, time, context.RequestAborted);
        }
        catch (TimeoutException)
        {
            // The outcome stands in the log, and in the list.
        }

        var results = work.Select(job => job.Task.IsCompletedSuccessfully
            ? new RequestResult(job.What, job.Task.Result.Succeeded ? ResultKind.Succeeded : ResultKind.Failed, job.Task.Result.Message)
            : new RequestResult(job.What, ResultKind.UnderWay, $"Not done within {Patience.TotalSeconds:0} seconds; it goes on. See matrixedge certificates, or the gateway's log")).ToImmutableArray();
        var status = results.Any(result => result.Result == ResultKind.Failed) ? StatusCodes.Status502BadGateway
            : results.Any(result => result.Result == ResultKind.UnderWay) ? StatusCodes.Status202Accepted
            : StatusCodes.Status200OK;
        await AdminAnswer.WriteAsync(context, status, new RequestResults(results));
    }

    private async Task<RenewalOutcome> RunAsync(string what, Func<CancellationToken, Task<RenewalOutcome>> begin)
    {
        try
        {
            return await begin(lifetime.ApplicationStopping);
        }
        catch (IssuanceException exception)
        {
            Log.Failed(logger, what, exception.Message);
            return new RenewalOutcome(false, exception.Message);
        }
        catch (OperationCanceledException) when (lifetime.ApplicationStopping.IsCancellationRequested)
        {
            return new RenewalOutcome(false, "The gateway stops; what was begun goes on at its next start");
        }
    }

    // Null when the body is not what it should be, which is answered.
    // Those of these sites, or all; null when there is nothing to choose from, which is answered.
    private async Task<ImmutableArray<AcmeSource>?> OrderingAsync(HttpContext context, ImmutableArray<string>? wanted)
    {
        var source = sites.Table.Settings.Certificate.Source;
        if (source != CertificateSource.Acme)
        {
            await AdminAnswer.RefuseAsync(context, StatusCodes.Status409Conflict, source == CertificateSource.Files
                ? "The certificates come from files (MatrixEdge:Certificate:Source is \"Files\"): ask whatever writes them, for example certbot renew --force-renewal; a new pair is taken up by itself"
                : "The certificates come from the local authority (MatrixEdge:Certificate:Source is \"Local\"), which renews them by itself; to start afresh, remove its folder in the store and start again");
            return null;
        }

        var all = keeper.Ordering;
        if (wanted is not { IsDefaultOrEmpty: false } names)
            return [.. all];

        if (names.FirstOrDefault(name => all.All(known => !known.Id.Equals(name, StringComparison.OrdinalIgnoreCase))) is { } unknown)
        {
            await AdminAnswer.RefuseAsync(context, StatusCodes.Status404NotFound, $"There is no site \"{unknown}\"; nothing was done. Known are {Known()}, by MatrixEdge:Sites:…:ServerName");
            return null;
        }

        return [.. all.Where(known => names.Contains(known.Id, StringComparer.OrdinalIgnoreCase))];
    }

    private string Known() => string.Join(", ", keeper.Ordering.Select(source => source.Id));

    private sealed record RenewRequest
    {
        public ImmutableArray<string>? Sites { get; init; }
    }

    private sealed record RevokeRequest
    {
        public string? Site { get; init; }

        public RevocationReason? Reason { get; init; }
    }

    private sealed record RollRequest;

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Information, "The account at {Authority} has a new key, as an operator asked")]
        public static partial void Rolled(ILogger logger, string authority);

        [LoggerMessage(LogLevel.Warning, "What an operator asked for {What} was not done: {Reason}")]
        public static partial void Failed(ILogger logger, string what, string reason);
    }
}

/// <summary>What came of a request that was made for several sites, or authorities.</summary>
internal sealed record RequestResults(ImmutableArray<RequestResult> Results);

/// <param name="Of">The site, or the authority.</param>
/// <param name="Message">For the operator.</param>
internal sealed record RequestResult(string Of, ResultKind Result, string Message);

internal enum ResultKind
{
    Succeeded,
    Failed,

    /// <summary>It goes on.</summary>
    UnderWay,
}
