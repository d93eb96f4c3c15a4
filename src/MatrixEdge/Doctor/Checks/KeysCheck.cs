using MatrixEdge.Delegation;
using MatrixEdge.Doctor.Gathering;
using MatrixEdge.Doctor.Looking;
using MatrixEdge.Observability;

namespace MatrixEdge.Doctor.Checks;

/// <summary>Whether a homeserver answers, by its key document (Matrix server-server §Publishing Keys).</summary>
internal sealed class KeysCheck() : Check("keys", "The homeserver answers other servers", Piece.Federation | Piece.Delegation)
{
    public override Finding Examine(Facts facts)
    {
        var looks = facts.Federation.Looks.Where(look => look.Keys.Tls is not null).ToList();
        if (looks.Count == 0)
            return Skip("nothing could be asked");

        var evidence = looks.Select(look => look.Keys.Words);
        if (looks.FirstOrDefault(look => look.Keys.Failure is not null || look.Document?.Words is not null) is not { } bad)
        {
            if (looks.Select(look => look.Document!).FirstOrDefault(document => !document.Keys.Any(key => key.Id.StartsWith("ed25519:", StringComparison.Ordinal) && key.Bytes is not null)) is not null)
            {
                return Fail(
                    "the key document has no key of ed25519, the only kind there is",
                    "The homeserver's signing key is missing, or the document is not the homeserver's own",
                    "Look at the homeserver's log and its signing key (Synapse: signing_key_path)",
                    evidence);
            }

            return looks.FirstOrDefault(look => look.Keys.Header("Content-Type")?.StartsWith("application/json", StringComparison.OrdinalIgnoreCase) != true) is { } odd
                ? Warn(
                    $"the key document comes as {Delegation.JsonAnswer.Shorten(odd.Keys.Header("Content-Type") ?? "nothing in particular")} and must be application/json",
                    "A proxy in front writes its own Content-Type, or a file is served in the homeserver's place",
                    "Pass /_matrix/ on as it is",
                    evidence)
                : Ok($"its key document is at {string.Join(", ", looks.Select(look => look.EndPoint))}", evidence);
        }

        var words = bad.Keys.Failure?.Words ?? bad.Document!.Words!;
        var (cause, remedy) = Explain(facts, bad);
        return Fail($"no homeserver answers at {bad.EndPoint}: {words}", cause, remedy, evidence);
    }

    private static (string Cause, string Remedy) Explain(Facts facts, FederationLook look)
    {
        var found = facts.Delegation.Found;
        var isHtml = Delegation.JsonAnswer.LooksLikeHtml(look.Keys.Body.Span);
        return look.Keys switch
        {
            { Failure.Fault: LookFault.AnswerTimedOut } => ("The homeserver behind it hangs, or is overloaded", "Look at the homeserver's log and load; restart it"),
            { Failure: not null } => ("A proxy stands there whose homeserver breaks off, or something that is no web server", "Look at the log of what listens there"),
            { Status: 502 or 503 or 504 } => ("The web server in front answers, and the homeserver behind it is down or cannot be reached", "Start the homeserver, and check the address to which the front passes /_matrix/"),
            { Status: 404 } when isHtml || found.IsByService || found.Step == DiscoveryStep.Default => ($"Another virtual host answers: requests come with Host: {found.HostHeader}, and the front passes /_matrix/ on for other names only", $"Pass /_matrix/ to the homeserver for Host {found.HostHeader}, too"),
            { Status: 404 } => ("The homeserver, or the front, does not offer federation at this address", "Let the listener offer federation (Synapse: resources: names: [client, federation]) and pass all of /_matrix/ on"),
            { Status: 401 or 403 } => ("Something in front demands a password or shuts out what it does not know", "Let /_matrix/ through without a password"),
            _ when isHtml => ("A web site answers for /_matrix/, too", "Pass /_matrix/ to the homeserver before the site's own rules"),
            _ => ("What answers is no homeserver, or its answers are changed on the way", "Check the address to which the front passes /_matrix/"),
        };
    }
}
