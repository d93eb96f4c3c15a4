using MatrixEdge.Delegation;
using MatrixEdge.Doctor.Gathering;
using MatrixEdge.Observability;

namespace MatrixEdge.Doctor.Checks;

/// <summary>Whether the homeserver's own copies of the documents say the same: where there are two, one gets old.</summary>
internal sealed class DocumentsAgreeCheck() : Check("documents-agree", "One truth in all documents", Piece.Documents | Piece.Delegation)
{
    public override Finding Examine(Facts facts)
    {
        var documents = facts.Documents;
        var client = documents.OtherClientDocument is { Status: 200 } clientLook ? ClientDocument.Read(200, clientLook.Body.Span) : null;
        var server = documents.OtherServerDocument is { Status: 200 } serverLook ? ServerDocument.Read(200, serverLook.Body.Span) : null;
        var baseUrl = facts.ClientDocument.Document?.BaseUrl;
        if (client?.BaseUrl is { } other && baseUrl is not null && other.AbsoluteUri.TrimEnd('/') != baseUrl.AbsoluteUri.TrimEnd('/'))
        {
            return Warn(
                $"{facts.Name.Host} sends clients to {baseUrl.OriginalString}, and {documents.OtherClientDocument!.Request.Host} itself to {other.OriginalString}",
                "The same thing is written in two places, and one of them was forgotten", "Correct one of them, or remove the document that nobody asks for", documents.OtherClientDocument.Words);
        }

        if (server?.Delegated is { } elsewhere && facts.Delegation.Found.Delegated is { } delegated && elsewhere.ToString() != delegated.ToString())
        {
            return Warn(
                $"{facts.Name.Host} sends servers to {delegated}, and {documents.OtherServerDocument!.Request.Host} itself to {elsewhere}",
                "The same thing is written in two places, and one of them was forgotten", "Correct one of them, or remove the document that nobody asks for", documents.OtherServerDocument.Words);
        }

        return client?.BaseUrl is null && server?.Delegated is null ? Skip("there are no second copies") : Ok("the homeserver's own copies say the same");
    }
}
