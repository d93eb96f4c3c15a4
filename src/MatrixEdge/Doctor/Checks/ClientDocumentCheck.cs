using MatrixEdge.Delegation;
using MatrixEdge.Doctor.Gathering;
using MatrixEdge.Doctor.Looking;
using MatrixEdge.Observability;

namespace MatrixEdge.Doctor.Checks;

/// <summary>The document at <c>/.well-known/matrix/client</c>, by the algorithm of the specification (Matrix client-server §Well-known URIs).</summary>
internal sealed class ClientDocumentCheck() : Check("client-document", "Document for clients", Piece.ClientDocument | Piece.ClientApi)
{
    public override Finding Examine(Facts facts)
    {
        var looks = facts.ClientDocument.Documents;
        var evidence = looks.SelectMany(look => look.Visit.Hops).Select(hop => hop.Words);
        if (looks.IsEmpty)
            return Skip($"{facts.Name.Host} has no address");

        if (looks.FirstOrDefault(IsBad) is { } bad)
            return Explain(facts, bad, evidence);

        var good = looks.FirstOrDefault(look => look.Failure is null);
        if (good is null)
        {
            return facts.ClientApi.Versions.Any(visit => visit.Last.Status == 200)
                ? Ok($"there is none; clients that are told {facts.Name.Host} find the homeserver there", evidence)
                : Warn(
                    $"there is none, and no homeserver answers at {facts.Name.Host} itself: people must know the homeserver's address to sign in",
                    $"Nothing is published at https://{facts.Name.Host}/.well-known/matrix/client",
                    "Publish {\"m.homeserver\": {\"base_url\": \"https://…\"}} there, with Access-Control-Allow-Origin: *",
                    evidence);
        }

        if (looks.FirstOrDefault(look => look.Failure is not null) is { } without)
        {
            var address = without.Visit.First.EndPoint.Address;
            return Fail(
                $"the document is not at every address of {facts.Name.Host}: at {address}, {without.Failure}",
                $"The {AddressWords.Record(address)} leads to another machine or to nowhere",
                $"Let {address} answer, too, or remove that {AddressWords.Record(address)}",
                evidence);
        }

        if (looks.Select(look => look.Document!.BaseUrl!.AbsoluteUri).Distinct().Count() > 1)
        {
            return Fail(
                $"the addresses of {facts.Name.Host} have different documents: {string.Join(" and ", looks.Select(look => look.Document!.BaseUrl!.OriginalString).Distinct())}",
                "Several machines answer for the name, and one of them has an old copy", "Publish the same document on all of them", evidence);
        }

        if (!good.Document!.Advice.IsEmpty)
            return Warn(good.Document.Advice[0], "The document was written by hand, or long ago", "Correct the document", evidence);

        return good.Visit.Last.Header("Content-Type")?.StartsWith("application/json", StringComparison.OrdinalIgnoreCase) == true
            ? Ok($"it leads to {good.Document.BaseUrl!.OriginalString}", evidence)
            : Warn(
                $"it comes as {JsonAnswer.Shorten(good.Visit.Last.Header("Content-Type") ?? "nothing in particular")}: some clients take it for no JSON",
                "The web server does not know what kind of file it is, since its name has no ending",
                "Send Content-Type: application/json with it", evidence);
    }

    private static bool IsBad(ClientDocumentLook look) => look.Failure is not null
        && !(look.Visit.Fault is null && look.Document is { Fault: DocumentFault.NotFound })
        && !(look.Visit is { IsRedirected: false, Fault: null } && look.Visit.Last.Failure is { Fault: LookFault.Refused or LookFault.ConnectTimedOut or LookFault.Unreachable });

    private Finding Explain(Facts facts, ClientDocumentLook look, IEnumerable<string> evidence)
    {
        var summary = $"clients cannot use the document: {look.Failure}";
        var example = $"{{\"m.homeserver\": {{\"base_url\": \"{facts.Own?.Settings.BaseUrl.AbsoluteUri.TrimEnd('/') ?? $"https://matrix.{facts.Name.Host}"}\"}}}}";
        if (look.Visit.Fault is not null || look.Visit.Last.Failure is not null)
            return Fail(summary, "A redirect leads to where no document is", $"Let https://{facts.Name.Host}/.well-known/matrix/client be answered at once, without a redirect", evidence);

        return look.Document?.Fault switch
        {
            null or DocumentFault.None => Fail(summary, "The web server has no good certificate for this name", $"Mend the certificate on port 443 of {look.Visit.Last.Request.Host}", evidence),
            DocumentFault.OtherDocument => Fail(summary, "The documents for clients and for servers were taken one for the other", $"Serve {example} at /.well-known/matrix/client, and what is there now at /.well-known/matrix/server", evidence),
            DocumentFault.Html or DocumentFault.Empty => Fail(summary, "The web site answers for the path, perhaps with its page for what it does not have", $"Let the web server answer the path before the site's own rules, with {example}", evidence),
            DocumentFault.Status => Fail(summary, look.Visit.Last.Status is >= 500 ? "What should answer is down" : "The web server does not let everybody have the path", "Let the path be answered with 200 for everybody, or with 404 if there is to be no document", evidence),
            _ => Fail(summary, "The document was written by hand and not checked; clients that read it into typed classes refuse it as a whole", $"Write {example}", evidence),
        };
    }
}
