using MatrixEdge.Doctor.Gathering;
using MatrixEdge.Doctor.Looking;
using MatrixEdge.Observability;

namespace MatrixEdge.Doctor.Checks;

/// <summary>Whether the addresses can be reached from outside at all.</summary>
internal sealed class PrivateAddressCheck() : Check("private-address", "Public addresses", Piece.Names | Piece.Delegation)
{
    public override Finding Examine(Facts facts)
    {
        var found = facts.Delegation.Targets.Append(facts.Names.Name)
            .SelectMany(host => host.Addresses.Select(address => (host.Host, Address: address, Scope: address.Scope()))).Distinct().ToList();
        if (found.Count == 0)
            return Skip("there are no addresses");

        var hidden = found.Where(entry => entry.Scope != AddressScope.Public).ToList();
        var evidence = found.Select(entry => $"{entry.Host}: {entry.Address}, {entry.Scope.Words()}");
        if (hidden.Count == 0)
            return Ok("all addresses are public", evidence);
        if (hidden.Count == found.Count && hidden.All(entry => entry.Scope == AddressScope.Loopback))
            return Skip("the name leads to this host alone, which is good for trying out");

        var first = hidden[0];
        if (hidden.Count < found.Count && facts.Delegation.Found.Delegated is { IsIpLiteral: true } delegated && hidden.Find(entry => entry.Host == delegated.Host) is { Address: { } inner } named)
        {
            return Fail(
                $"the document for servers leads to {inner}, which is {named.Scope.Words()}: nobody outside that network gets there",
                "The document has the address that the homeserver has in its own network",
                $"Let m.server name a host with public addresses, for example \"matrix.{facts.Name.Host}:443\"",
                evidence);
        }

        return hidden.Count == found.Count
            ? Warn(
                $"{first.Host} leads to {first.Address}, which is {first.Scope.Words()}: nobody outside this network gets there",
                "The name servers that were asked know only the inner address, or the public record holds it",
                "Look with a public name server (matrixedge doctor --resolver 9.9.9.9); if it answers the same, put the public address into DNS",
                evidence)
            : Fail(
                $"{first.Host} leads to {first.Address}, too, which is {first.Scope.Words()}: others who try that address wait in vain",
                "A record of the inner network has come into public DNS",
                $"Remove the record with {first.Address} from the public zone",
                evidence);
    }
}
