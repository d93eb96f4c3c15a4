using System.Text.Json;
using System.Text.Json.Nodes;
using MatrixEdge.Configuration;
using MatrixEdge.Delegation;
using MatrixEdge.Doctor.Gathering;
using MatrixEdge.Observability;

namespace MatrixEdge.Doctor.Checks;

/// <summary>Whom to write to (Matrix client-server §Server support).</summary>
internal sealed class SupportCheck() : Check("support", "Contacts", Piece.Documents)
{
    private static readonly JsonDocumentOptions Unambiguous = new() { AllowDuplicateProperties = false };

    public override Finding Examine(Facts facts)
    {
        if (facts.Documents.Support is not { Status: 200 } look)
            return Skip("no contacts are published at /.well-known/matrix/support");
        if (JsonAnswer.FindFault(look.Body.Span, out _) is { } fault)
        {
            // Web sites answer everything with their page; that is no attempt at a document.
            return fault.Fault == DocumentFault.Html ? Skip("no contacts are published; the web site answers for the path") : Bad(fault.Words);
        }

        JsonNode? contacts;
        try
        {
            contacts = JsonNode.Parse(look.Body.Span, documentOptions: Unambiguous);
        }
        catch (JsonException)
        {
            return Bad("it has a member twice");
        }

        var problems = new Problems();
        WellKnownSettings.CheckSupport(contacts, "support", problems);
        return problems.Found.Count > 0 ? Bad(problems.Found[0].ToString()) : Ok("there is somebody to write to", look.Words);

        Finding Bad(string words) => Warn(
            $"/.well-known/matrix/support cannot be used: {words.TrimEnd('.')}", "The document was written by hand and not checked",
            "Write {\"contacts\": [{\"role\": \"m.role.admin\", \"email_address\": \"…\"}]}", look.Words);
    }
}
