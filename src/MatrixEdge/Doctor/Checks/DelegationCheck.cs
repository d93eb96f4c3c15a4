using MatrixEdge.Delegation;
using MatrixEdge.Dns;
using MatrixEdge.Doctor.Gathering;
using MatrixEdge.Observability;

namespace MatrixEdge.Doctor.Checks;

/// <summary>The way that SRV records show, and whether it is the one that is taken.</summary>
internal sealed class DelegationCheck() : Check("delegation", "The way to the homeserver", Piece.Names | Piece.Delegation)
{
    public override Finding Examine(Facts facts)
    {
        if (facts.Names.Name.IsSilent)
            return Skip("no name server answers");

        var found = facts.Delegation.Found;
        var evidence = found.Route;
        if (found.Targets.IsEmpty)
        {
            return Fail(
                $"an SRV record says that {found.HostHeader} has no homeserver",
                "The record's target is a single dot, which means that the service is decidedly not there (RFC 2782)",
                "Remove the SRV record, or let it lead to the homeserver",
                evidence);
        }

        if (found.Undecided is { } undecided)
        {
            return Warn(
                $"whether there are SRV records could not be found out: {undecided}",
                "The zone's name servers fail for names such as _matrix-fed._tcp; servers that ask them may not get through either",
                "Ask the DNS host to mend it; a document for servers that names a port makes SRV records unnecessary",
                evidence);
        }

        if (found.IsByService && facts.Delegation.Targets.FirstOrDefault(host => host.V4 is { Aliases.IsEmpty: false }) is { } alias)
        {
            return Warn(
                $"the SRV record leads to {alias.Host}, which is only an alias (CNAME) for {alias.V4!.Target}; some servers do not follow that",
                "The target of an SRV record must be a name with addresses of its own (RFC 2782)",
                $"Let the SRV record lead to {alias.V4.Target}, or give {alias.Host} A and AAAA records",
                evidence);
        }

        if (found.IsDeprecated)
        {
            return Warn(
                $"only the old SRV record {ServerDiscovery.DeprecatedService}.{found.HostHeader} shows the way; new servers need not look at it",
                "Since v1.8 of the Matrix specification the record is called _matrix-fed._tcp",
                $"Add {ServerDiscovery.Service}.{found.HostHeader} with the same target and port, or publish a document for servers",
                evidence);
        }

        return FindStale(facts) is { } stale
            ? Warn(
                $"the SRV record of {facts.Name.Host} leads to {stale}, the document for servers to {found.Targets[0]}",
                "One of both is left over from before: servers that cannot fetch the document take the SRV record",
                "Remove the SRV record, since the document is enough, or let it lead to the same place",
                evidence)
            : Ok(Words(found), evidence);
    }

    private static string? FindStale(Facts facts)
    {
        if (facts.Delegation.Found.Delegated is null)
            return null;

        var used = facts.Delegation.Targets.SelectMany(host => host.Addresses).ToHashSet();
        var port = facts.Delegation.Found.Targets[0].Port;
        foreach (var record in new[] { facts.Names.Service, facts.Names.DeprecatedService }.OfType<DnsAnswer>().SelectMany(answer => answer.Data<ServiceData>()))
        {
            var target = record.Target.ToString().TrimEnd('.');
            var host = facts.Names.ServiceHosts.FirstOrDefault(host => host.Host.Equals(target, StringComparison.OrdinalIgnoreCase));
            if (record.Target.IsRoot || (host is not null && record.Port == port && host.Addresses.Any(used.Contains)))
                continue;
            return $"{target}:{record.Port}";
        }

        return null;
    }

    private static string Words(DiscoveredServer found) => $"other servers connect to {string.Join(", ", found.Targets)} (step {found.StepNumber} of the specification)";
}
