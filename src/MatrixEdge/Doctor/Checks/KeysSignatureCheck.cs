using MatrixEdge.Delegation;
using MatrixEdge.Doctor.Gathering;
using MatrixEdge.Observability;
using MatrixEdge.Protocol;

namespace MatrixEdge.Doctor.Checks;

/// <summary>Whether the homeserver signed its keys with each of them (Matrix server-server §Publishing Keys).</summary>
internal sealed class KeysSignatureCheck() : Check("keys-signature", "Keys are signed", Piece.Federation)
{
    public override Finding Examine(Facts facts)
    {
        var documents = facts.Federation.Looks.Where(look => look.Document is { Words: null, Keys.IsEmpty: false }).Select(look => look.Document!).ToList();
        if (documents.Count == 0)
            return Skip("there is no key document");
        if (!Ed25519.IsAvailable)
            return Skip("OpenSSL's libcrypto, which verifies Ed25519, was not found on this host");

        foreach (var document in documents)
        {
            var signed = CanonicalJson.Write(document.Whole, "signatures", "unsigned");
            foreach (var (id, key) in document.Keys.Where(key => key.Id.StartsWith("ed25519:", StringComparison.Ordinal)))
            {
                var told = JsonAnswer.Shorten(id);
                var signature = document.Signatures.FirstOrDefault(signature => signature.Id == id).Bytes;
                if (key is null || signature is null || !Ed25519.Verify(key, signed, signature))
                {
                    return Fail(
                        signature is null ? $"the key {told} did not sign the key document" : $"the signature of the key {told} on the key document is wrong",
                        "The document was changed on the way, or does not come from the homeserver's own key",
                        "Pass /_matrix/key/ on as it is; if nothing stands in between, look at the homeserver's signing key");
                }
            }
        }

        return Ok($"{string.Join(", ", documents.SelectMany(document => document.Keys).Select(key => JsonAnswer.Shorten(key.Id)).Distinct())}");
    }
}
