using MatrixEdge.Doctor.Gathering;
using MatrixEdge.Observability;

namespace MatrixEdge.Doctor.Checks;

/// <summary>Whether the keys may be believed now.</summary>
internal sealed class KeysValidityCheck() : Check("keys-validity", "Keys are valid", Piece.Federation)
{
    public override Finding Examine(Facts facts)
    {
        var documents = facts.Federation.Looks.Where(look => look.Document is { Words: null }).Select(look => look.Document!).ToList();
        if (documents.Count == 0)
            return Skip("there is no key document");

        if (documents.FirstOrDefault(document => document.ValidUntil is null) is not null)
        {
            return Fail(
                "the key document does not say until when its keys are valid (valid_until_ts)",
                "It is not the homeserver's own, or was changed on the way",
                "Pass /_matrix/key/ on to the homeserver");
        }

        var soonest = documents.Min(document => document.ValidUntil!.Value);
        return soonest > facts.Now
            ? Ok($"they are valid until {soonest:yyyy-MM-dd HH:mm} UTC")
            : Fail(
                $"the keys were valid until {soonest:yyyy-MM-dd HH:mm} UTC: other servers refuse what is signed with them",
                "An old copy of the document is served from a cache, or the clock of the homeserver is behind",
                "Empty the cache in front of /_matrix/key/, which must not be kept longer than it says, and set the clock by the network");
    }
}
