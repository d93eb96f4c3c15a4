using MatrixEdge.Doctor.Gathering;
using MatrixEdge.Observability;

namespace MatrixEdge.Doctor.Checks;

/// <summary>Whether clients in browsers may read the document: each redirect on the way must allow it, too.</summary>
internal sealed class ClientDocumentCorsCheck() : Check("client-document-cors", "Browsers may read that document", Piece.ClientDocument)
{
    public override Finding Examine(Facts facts)
    {
        var hops = facts.ClientDocument.Documents.SelectMany(look => look.Visit.Hops.Select(hop => (Look: look, Hop: hop))).Where(entry => entry.Hop.IsAnswered).ToList();
        if (hops.Count == 0)
            return Skip("nothing answered");

        var evidence = hops.Select(entry => $"{entry.Hop.Words}, Access-Control-Allow-Origin: {Delegation.JsonAnswer.Shorten(string.Join(" and ", entry.Hop.All("Access-Control-Allow-Origin")) is { Length: > 0 } value ? value : "(none)")}");
        var bad = hops.FirstOrDefault(entry => CorsWords.FindFault(entry.Hop) is not null);
        if (bad.Hop is null)
            return Ok("pages of every site may read it", evidence);

        var fault = CorsWords.FindFault(bad.Hop)!;
        if (bad.Hop.Status == 404)
        {
            return facts.ClientDocument.Document is null
                ? Warn(
                    $"that there is no document is told without CORS ({fault}): to browsers that is a broken connection",
                    "The web server adds the header only to what it has",
                    "Add Access-Control-Allow-Origin: * to every answer below /.well-known/matrix/",
                    evidence)
                : Skip("another address has no document", evidence);
        }

        return bad.Hop == bad.Look.Visit.Last
            ? Fail(
                $"clients in browsers may not read the document: {fault}",
                CorsWords.IsDoubled(bad.Hop) ? "Two programs, one behind the other, both add the header" : "The web server does not add the header",
                CorsWords.IsDoubled(bad.Hop) ? "Let only one of them add Access-Control-Allow-Origin: *" : "Add Access-Control-Allow-Origin: * to everything below /.well-known/matrix/",
                evidence)
            : Fail(
                $"clients in browsers stop at the redirect from {bad.Hop.Request.Address}: {fault}",
                "The header is on the document, and not on the redirect that leads to it",
                "Answer /.well-known/matrix/client without a redirect, or add Access-Control-Allow-Origin: * to the redirect, too",
                evidence);
    }
}
