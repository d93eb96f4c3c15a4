using System.Collections.Immutable;
using System.Net;
using MatrixEdge.Dns;
using MatrixEdge.Protocol;

namespace MatrixEdge.Delegation;

/// <summary>Finds a Matrix server as another server does (Matrix server-server §Resolving server names), and keeps a record of the way.</summary>
internal static class ServerDiscovery
{
    /// <summary>Where federation is when nothing says otherwise.</summary>
    public const int DefaultPort = 8448;

    /// <summary>The service that names federation, since v1.8 of the specification.</summary>
    public const string Service = "_matrix-fed._tcp";

    /// <summary>What it was before.</summary>
    public const string DeprecatedService = "_matrix._tcp";

    // Nobody has more, and somebody may make believe.
    private const int MostTargets = 16;

    public static async Task<DiscoveredServer> DiscoverAsync(ServerName name, IDiscoverySources sources, CancellationToken stop)
    {
        var route = ImmutableArray.CreateBuilder<string>();
        string? undecided = null;

        // 1.
        if (name.Address is { } address)
            return At(DiscoveryStep.Address, name, null, $"Step 1: {name} is an address, and is connected to as it is");

        // 2.
        if (name.Port is not null)
            return At(DiscoveryStep.Port, name, null, $"Step 2: {name} has a port, so that no document and no SRV record is looked at");

        // 3.
        if (await sources.FindDelegatedAsync(name.Host, stop) is { } delegated)
        {
            route.Add($"Step 3: https://{name.Host}/.well-known/matrix/server leads to {delegated}");
            if (delegated.IsIpLiteral)
                return At(DiscoveryStep.DelegatedAddress, delegated, delegated, $"Step 3.1: {delegated} is an address, and is connected to as it is");
            if (delegated.Port is not null)
                return At(DiscoveryStep.DelegatedPort, delegated, delegated, $"Step 3.2: {delegated} has a port, so that no SRV record is looked at");

            return await FindServiceAsync(Service, delegated, "Step 3.3", DiscoveryStep.DelegatedService, delegated)
                ?? await FindServiceAsync(DeprecatedService, delegated, "Step 3.4", DiscoveryStep.DelegatedDeprecatedService, delegated)
                ?? At(DiscoveryStep.DelegatedDefault, delegated, delegated, $"Step 3.5: {delegated.Host} is connected to at port {DefaultPort}");
        }

        route.Add($"Step 3: https://{name.Host}/.well-known/matrix/server gives nothing that counts");

        // 4, 5 and 6.
        return await FindServiceAsync(Service, name, "Step 4", DiscoveryStep.Service, null)
            ?? await FindServiceAsync(DeprecatedService, name, "Step 5", DiscoveryStep.DeprecatedService, null)
            ?? At(DiscoveryStep.Default, name, null, $"Step 6: {name.Host} is connected to at port {DefaultPort}");

        async Task<DiscoveredServer?> FindServiceAsync(string service, ServerName at, string number, DiscoveryStep step, ServerName? by)
        {
            if (!DnsName.TryParse($"{service}.{at.Host}", out var question))
                return null;

            var answer = await sources.FindServiceAsync(question, stop);
            var records = answer.Data<ServiceData>().OrderBy(record => record.Priority).ThenByDescending(record => record.Weight).Take(MostTargets).ToList();
            if (records.Count == 0)
            {
                if (!answer.IsDecided)
                    undecided ??= $"{question}: {answer.Failure ?? $"the name server answered {answer.Code?.Mnemonic()}"}";
                route.Add($"{number}: {service}.{at.Host} has no SRV record{(answer.IsDecided ? "" : " that a name server would tell of")}");
                return null;
            }

            // RFC 2782: a target of "." says that the service is decidedly not there.
            var targets = records.Where(record => !record.Target.IsRoot).Select(record => new DiscoveredTarget(Text(record.Target), record.Port)).ToImmutableArray();
            route.Add(targets.IsEmpty ? $"{number}: {service}.{at.Host} says that there is no such service" : $"{number}: {service}.{at.Host} leads to {string.Join(", ", targets)}");
            return new DiscoveredServer(name, step, at.Host, at.Host, targets, route.ToImmutable(), by, undecided);
        }

        DiscoveredServer At(DiscoveryStep step, ServerName at, ServerName? by, string words)
        {
            route.Add(words);
            var certificate = at.Address is { } ip ? ip.ToString() : at.Host;
            return new DiscoveredServer(name, step, at.ToString(), certificate, [new DiscoveredTarget(at.Host, at.Port ?? DefaultPort)], route.ToImmutable(), by, undecided);
        }
    }

    private static string Text(DnsName name) => name.ToString().TrimEnd('.');
}
