using MatrixEdge.Doctor.Gathering;
using MatrixEdge.Observability;

namespace MatrixEdge.Doctor.Checks;

/// <summary>Whether the hosts at which the homeserver is to be found have addresses.</summary>
internal sealed class AddressesCheck() : Check("addresses", "Addresses", Piece.Names | Piece.Delegation)
{
    public override Finding Examine(Facts facts)
    {
        if (facts.Names.Name.IsSilent)
            return Skip("no name server answers");

        var hosts = facts.Delegation.Targets.Append(facts.Names.Name).DistinctBy(host => host.Host).ToList();
        var evidence = hosts.Select(host => host.Words);
        var lost = facts.Delegation.Targets.Where(host => host.Addresses.IsEmpty).ToList();
        if (lost.Count > 0 && lost.Count == facts.Delegation.Targets.Length)
        {
            var host = lost[0];
            return Fail(
                $"other servers look for the homeserver at {host.Host}, which has no address: {host.Failure}",
                facts.Delegation.Found.Delegated is null ? "The A and AAAA records are missing, or the name is misspelt" : "The document for servers or an SRV record leads to a name that is not, or no longer, in DNS",
                $"Add an A record (and AAAA, if the host has IPv6) for {host.Host}, or correct what leads there",
                evidence);
        }

        return Ok(string.Join("; ", hosts.Where(host => !host.Addresses.IsEmpty).Select(host => host.Words)), evidence);
    }
}
