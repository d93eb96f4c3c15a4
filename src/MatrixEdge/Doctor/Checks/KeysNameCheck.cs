using MatrixEdge.Doctor.Gathering;
using MatrixEdge.Observability;

namespace MatrixEdge.Doctor.Checks;

/// <summary>Whether the homeserver is the one of this name.</summary>
internal sealed class KeysNameCheck() : Check("keys-name", "The homeserver has this name", Piece.Federation)
{
    public override Finding Examine(Facts facts)
    {
        var documents = facts.Federation.Looks.Where(look => look.Document is { Words: null }).ToList();
        if (documents.Count == 0)
            return Skip("there is no key document");

        var evidence = documents.Select(look => $"{look.EndPoint}: server_name {Delegation.JsonAnswer.Shorten(look.Document!.ServerName!)}");
        if (documents.FirstOrDefault(look => look.Document!.ServerName != facts.Name.ToString()) is not { } other)
            return Ok($"it is {facts.Name}", evidence);

        var name = Delegation.JsonAnswer.Shorten(other.Document!.ServerName!);
        return Fail(
            $"the homeserver at {other.EndPoint} is {name}, not {facts.Name}",
            facts.Own is null
                ? $"The homeserver's own server_name is another one, the way of {facts.Name} leads to somebody else's homeserver, or {name} was meant: what counts is what stands behind the colon of its users"
                : "MatrixEdge:Sites:…:ServerName and the homeserver's own server_name differ, or Homeserver:Address leads to another site's homeserver",
            facts.Own is null ? $"Examine {name}, if that was meant; otherwise correct the proxy's target or the homeserver's server_name" : $"Write {name} as ServerName, or correct Homeserver:Address",
            evidence);
    }
}
