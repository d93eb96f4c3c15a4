using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Security.Cryptography.X509Certificates;
using MatrixEdge.Acme;
using MatrixEdge.Certificates.Dns;
using MatrixEdge.Configuration;
using MatrixEdge.Listening;

namespace MatrixEdge.Certificates.Ordering;

/// <summary>
/// Proves to an authority that the names of an order are the gateway's (RFC 8555 §7.5): all at the same time, each in the way
/// that is preferred for it and has not failed yet.
/// </summary>
internal sealed partial class Authorizer(
    AcmeClient client, ImmutableArray<ChallengeType> types, OpenChallenges challenges, IDnsRecords? records, SelfCheck selfCheck, TimeProvider time, ILogger logger)
{
    /// <summary>How long an authority may take to look.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(3);

    /// <summary>How often an authority is asked although the gateway sees by itself that it will fail.</summary>
    private static readonly TimeSpan AskAnyway = TimeSpan.FromHours(6);

    /// <summary>What could not be validated; empty when all is.</summary>
    /// <param name="tried">By name, the ways that failed in this attempt; added to.</param>
    /// <param name="proven">By name, the way that worked; added to.</param>
    /// <param name="refusals">Each failure is added to these as soon as it is known, also when this throws for another name.</param>
    public async Task<ImmutableArray<ValidationFailure>> AuthorizeAsync(
        AcmeOrder order, ImmutableDictionary<string, NameState> known, ConcurrentDictionary<string, ImmutableHashSet<ChallengeType>> tried,
        ConcurrentDictionary<string, ChallengeType> proven, ConcurrentQueue<ValidationFailure> refusals, CancellationToken stop)
    {
        var published = new ConcurrentQueue<(string Record, string Value)>();
        try
        {
            var results = await Task.WhenAll(order.Authorizations.Select(OneAsync));
            return [.. results.OfType<ValidationFailure>()];
        }
        finally
        {
            // When all have been looked at, not before: a name and its wildcard have their records in one place, and many a
            // program takes away everything there.
            foreach (var (record, value) in published)
                await RemoveAsync(record, value);
        }

        async Task<ValidationFailure?> OneAsync(Uri location)
        {
            var failure = await AuthorizeAsync(location, known, tried, proven, published, stop);
            if (failure is not null)
                refusals.Enqueue(failure);
            return failure;
        }
    }

    /// <summary>What could not be validated in an order that has failed since it was last looked at.</summary>
    public async Task<ImmutableArray<ValidationFailure>> FindFailedAsync(AcmeOrder order, CancellationToken stop)
    {
        var authorizations = await Task.WhenAll(order.Authorizations.Select(location => client.GetAuthorizationAsync(location, stop)));
        return
        [
            .. authorizations.Where(authorization => authorization.Status == AcmeAuthorizationStatus.Invalid && Reason(authorization).Length > 0)
                .Select(authorization => new ValidationFailure(NameOf(authorization), $"its authorization is {authorization.Status}{Reason(authorization)}")),
        ];
    }

    /// <summary>Whether the name can be proved in a way that has not failed yet, and may be without using up what authorities allow.</summary>
    public bool HasAnotherWay(string name, ConcurrentDictionary<string, ImmutableHashSet<ChallengeType>> tried, ImmutableDictionary<string, NameState> known)
    {
        var failed = tried.GetValueOrDefault(name) ?? [];
        var now = time.GetUtcNow();
        var recent = (known.GetValueOrDefault(name)?.FailedAt ?? []).Count(at => at > now - TimeSpan.FromHours(1));
        return recent + failed.Count < NameState.FailuresPerHour && WaysFor(name).Any(type => !failed.Contains(type));
    }

    private async Task<ValidationFailure?> AuthorizeAsync(
        Uri location, ImmutableDictionary<string, NameState> known, ConcurrentDictionary<string, ImmutableHashSet<ChallengeType>> tried,
        ConcurrentDictionary<string, ChallengeType> proven, ConcurrentQueue<(string Record, string Value)> published, CancellationToken stop)
    {
        var authorization = await client.GetAuthorizationAsync(location, stop);
        var name = NameOf(authorization);
        if (authorization.Status == AcmeAuthorizationStatus.Valid)
            return null;
        if (authorization.Status is not (AcmeAuthorizationStatus.Pending or AcmeAuthorizationStatus.Unknown))
            return new ValidationFailure(name, $"its authorization is {authorization.Status}{Reason(authorization)}");

        var state = known.GetValueOrDefault(name) ?? NameState.Unknown;
        var failed = tried.GetValueOrDefault(name) ?? [];
        var ways = WaysFor(name).Where(type => !failed.Contains(type)).OrderByDescending(type => type == state.Proven)
            .Select(type => (Type: type, Challenge: authorization.Challenges.FirstOrDefault(challenge => challenge.Type == NameOf(type) && challenge.Token is { } token && Challenges.IsToken(token))))
            .Where(way => way.Challenge is not null).ToList();
        if (ways.Count == 0)
        {
            return new ValidationFailure(name,
                $"the authority offers {string.Join(", ", authorization.Challenges.Select(challenge => challenge.Type))}, of which Certificate:ChallengeTypes allows none that is left");
        }

        var obstacles = new List<string>();
        foreach (var (type, challenge) in ways)
        {
            using var open = await OpenAsync(type, authorization.Identifier, challenge!, published, stop);
            var obstacle = await selfCheck.FindObstacleAsync(authorization.Identifier, NameOf(type), challenge!.Token!, open.KeyAuthorization, open.Certificate, stop);

            // What worked before is asked for again: seen from inside, the own public address may lead elsewhere.
            if (obstacle is null || type == state.Proven)
                return await AskAsync(authorization, name, type, challenge, tried, proven, stop);

            Log.Obstacle(logger, name, NameOf(type), obstacle);
            obstacles.Add(obstacle);
        }

        // All look bad from here. The authority knows better, but its patience is not spent at every turn.
        if (state.Failures > 0 && state.LastFailure is { } last && time.GetUtcNow() - last < AskAnyway)
        {
            throw new IssuanceException(FailureKind.SelfCheck, $"{name} cannot be validated, as the gateway sees by itself, so the authority was not asked. {string.Join("; ", obstacles)}")
            {
                Untried = [new ValidationFailure(name, string.Join("; ", obstacles))],
            };
        }

        var (first, anyway) = ways[0];
        using (await OpenAsync(first, authorization.Identifier, anyway!, published, stop))
            return await AskAsync(authorization, name, first, anyway!, tried, proven, stop);
    }

    private async Task<ValidationFailure?> AskAsync(
        AcmeAuthorization authorization, string name, ChallengeType type, AcmeChallenge challenge, ConcurrentDictionary<string, ImmutableHashSet<ChallengeType>> tried,
        ConcurrentDictionary<string, ChallengeType> proven, CancellationToken stop)
    {
        try
        {
            await client.AnswerChallengeAsync(challenge.Url, stop);
        }
        catch (AcmeException exception) when (exception.Kind is AcmeFailure.Unreachable or AcmeFailure.ServerError && exception.RetryAfter is null)
        {
            // Perhaps it was heard: then whoever looks must find everything in place. If not, it is said again.
            var seen = await client.GetAuthorizationAsync(authorization.Location, stop);
            if (seen.Status is AcmeAuthorizationStatus.Pending or AcmeAuthorizationStatus.Unknown && seen.Challenges.Any(other => other.Url == challenge.Url && other.Status == AcmeChallengeStatus.Pending))
                await client.AnswerChallengeAsync(challenge.Url, stop);
        }

        var result = await PassingState.WaitAsync(
            () => client.WaitForAuthorizationAsync(authorization.Location, Limit, stop), seen => seen.Status == AcmeAuthorizationStatus.Unknown, Limit, time, stop);
        if (result.Status == AcmeAuthorizationStatus.Valid)
        {
            proven[name] = type;
            return null;
        }

        tried.AddOrUpdate(name, [type], (_, before) => before.Add(type));
        return new ValidationFailure(name, $"{NameOf(type)} failed{Reason(result)}");
    }

    private IEnumerable<ChallengeType> WaysFor(string name) => types.Where(type =>
        name.StartsWith("*.", StringComparison.Ordinal) ? type == ChallengeType.Dns01
        : type != ChallengeType.Dns01 || (records is not null && AcmeIdentifier.Of(name).Type == "dns"));

    private async Task<OpenChallenge> OpenAsync(
        ChallengeType type, AcmeIdentifier identifier, AcmeChallenge challenge, ConcurrentQueue<(string Record, string Value)> published, CancellationToken stop)
    {
        var keyAuthorization = client.KeyAuthorization(challenge.Token!);
        switch (type)
        {
            case ChallengeType.Http01:
                return new OpenChallenge(keyAuthorization, null, challenges.AnswerHttp(challenge.Token!, keyAuthorization));

            case ChallengeType.TlsAlpn01:
                var certificate = Challenges.CreateTlsAlpnCertificate(identifier, keyAuthorization);
                return new OpenChallenge(keyAuthorization, certificate, challenges.AnswerTlsAlpn(Challenges.TlsAlpnServerName(identifier), certificate));

            default:
                var (record, value) = (Challenges.DnsRecordName(identifier), Challenges.DnsRecordValue(keyAuthorization));
                published.Enqueue((record, value)); // before: half done is to be undone, too
                await records!.AddAsync(record, value, stop);
                return new OpenChallenge(keyAuthorization, null, null);
        }
    }

    private async Task RemoveAsync(string record, string value)
    {
        try
        {
            // Also when the gateway is being stopped: what stays would be in the way of nobody, but for ever.
            using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(2), time);
            await records!.RemoveAsync(record, value, limit.Token);
        }
        catch (Exception exception) when (exception is DnsRecordException or OperationCanceledException)
        {
            Log.NotRemoved(logger, record, exception.Message);
        }
    }

    private static string NameOf(AcmeAuthorization authorization) => authorization.Wildcard ? "*." + authorization.Identifier.Value : authorization.Identifier.Value;

    private static string NameOf(ChallengeType type) => type switch
    {
        ChallengeType.Http01 => Challenges.Http01,
        ChallengeType.TlsAlpn01 => Challenges.TlsAlpn01,
        _ => Challenges.Dns01,
    };

    private static string Reason(AcmeAuthorization authorization) =>
        authorization.Challenges.Select(challenge => challenge.Error).OfType<AcmeProblem>().FirstOrDefault() is { } problem ? $": {problem}" : "";

    private sealed class OpenChallenge(string keyAuthorization, X509Certificate2? certificate, IDisposable? answer) : IDisposable
    {
        public string KeyAuthorization { get; } = keyAuthorization;

        public X509Certificate2? Certificate { get; } = certificate;

        public void Dispose() => answer?.Dispose();
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Warning, "{Name} does not look ready for {Challenge}: {Obstacle}")]
        public static partial void Obstacle(ILogger logger, string name, string challenge, string obstacle);

        [LoggerMessage(LogLevel.Warning, "The TXT record {Record} may still be there; it can be removed by hand. {Reason}")]
        public static partial void NotRemoved(ILogger logger, string record, string reason);
    }
}
