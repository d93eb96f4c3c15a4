using MatrixEdge.Doctor.Gathering;
using MatrixEdge.Observability;

namespace MatrixEdge.Doctor.Checks;

/// <summary>Whether all addresses of the server name have the same document: other servers ask one of them, by chance.</summary>
internal sealed class ServerDocumentAgreementCheck() : Check("server-document-agreement", "Same document everywhere", Piece.Delegation)
{
    public override Finding Examine(Facts facts)
    {
        var looks = facts.Delegation.Documents;
        if (looks.Length < 2)
            return Skip(facts.Delegation.WhyNoDocument ?? (looks.IsEmpty ? "there is no address" : "there is one address only"));

        var evidence = looks.Select(look => $"{look.Visit.First.EndPoint.Address}: {look.Document?.Delegated?.ToString() ?? look.Failure}");
        if (looks.All(look => !look.Counts))
            return Skip("no address has a document that counts", evidence);
        if (looks.FirstOrDefault(look => !look.Counts) is { } without)
        {
            var address = without.Visit.First.EndPoint.Address;
            return Fail(
                $"the document is not at every address of {facts.Name.Host}: at {address}, {without.Failure}",
                $"{AddressWords.Record(address)} leads to another machine, to nowhere, or to one whose web server does not listen on {AddressWords.Family(address)}",
                $"Let the web server answer on {address}, too, or remove that {AddressWords.Record(address)}",
                evidence);
        }

        var ways = looks.Select(look => look.Document!.Delegated!.ToString()).Distinct().ToList();
        return ways.Count == 1
            ? Ok($"all {looks.Length} addresses lead to {ways[0]}", evidence)
            : Fail(
                $"the addresses of {facts.Name.Host} have different documents: {string.Join(" and ", ways)}",
                "Several machines answer for the name, and one of them has an old copy",
                "Publish the same document on all of them",
                evidence);
    }
}
