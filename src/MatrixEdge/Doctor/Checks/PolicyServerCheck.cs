using System.Text.Json;
using MatrixEdge.Delegation;
using MatrixEdge.Doctor.Gathering;
using MatrixEdge.Observability;

namespace MatrixEdge.Doctor.Checks;

/// <summary>The key of a policy server (Matrix server-server §Policy Servers).</summary>
internal sealed class PolicyServerCheck() : Check("policy-server", "Policy server", Piece.Documents)
{
    public override Finding Examine(Facts facts)
    {
        if (facts.Documents.PolicyServer is not { Status: 200 } look || JsonAnswer.FindFault(look.Body.Span, out var document) is { Fault: DocumentFault.Html })
            return Skip("no policy server is published");

        return document.ValueKind == JsonValueKind.Object && document.TryGetProperty("public_keys", out var keys) && keys.ValueKind == JsonValueKind.Object
            && keys.TryGetProperty("ed25519", out var key) && key.ValueKind == JsonValueKind.String
            ? Ok("its key is published", look.Words)
            : Warn(
                "/.well-known/matrix/policy_server has no key: {\"public_keys\": {\"ed25519\": \"…\"}} belongs there", "The document was written by hand and not checked",
                "Publish the policy server's public key, or nothing", look.Words);
    }
}
