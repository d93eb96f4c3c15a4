using MatrixEdge.Delegation;
using MatrixEdge.Doctor.Gathering;
using MatrixEdge.Doctor.Looking;
using MatrixEdge.Observability;

namespace MatrixEdge.Doctor.Checks;

/// <summary>The document at <c>/.well-known/matrix/server</c>. A bad one raises no error anywhere: servers just look elsewhere.</summary>
internal sealed class ServerDocumentCheck() : Check("server-document", "Document for servers", Piece.Names | Piece.Delegation)
{
    public override Finding Examine(Facts facts)
    {
        if (facts.Delegation.WhyNoDocument is { } reason)
            return Skip(reason);

        if (facts.Names.Name.IsSilent)
            return Skip("no name server answers");

        var looks = facts.Delegation.Documents;
        var evidence = looks.SelectMany(look => look.Visit.Hops).Select(hop => hop.Words);
        if (looks.FirstOrDefault(IsBad) is { } bad)
            return Explain(facts, bad, [.. evidence]);

        if (looks.FirstOrDefault(look => look.Counts) is { } good)
        {
            if (facts.Own is { } own && good.Document!.Delegated!.ToString() != own.Settings.DelegatedServer && own.Settings.WellKnown.Server is null)
            {
                return Fail(
                    $"the document leads to {good.Document.Delegated}, and this gateway's configuration to {own.Settings.DelegatedServer}",
                    own.Settings.ServesApex ? $"Another host answers for {facts.Name.Host}, or a cache in front keeps an old document" : $"The host of {facts.Name.Host} still serves an old copy",
                    own.Settings.ServesApex ? $"Let {facts.Name.Host} lead to this gateway, and empty caches in front of it" : "Write the documents anew for that host: matrixedge export well-known",
                    evidence);
            }

            return Ok($"it leads to {good.Document!.Delegated}", evidence);
        }

        if (facts.Own is { } missing)
        {
            return Fail(
                $"https://{facts.Name.Host}/.well-known/matrix/server gives nothing, though it should lead to {missing.Settings.DelegatedServer}",
                missing.Settings.ServesApex ? $"{facts.Name.Host} does not lead to this gateway" : $"The host of {facts.Name.Host} does not serve the document",
                missing.Settings.ServesApex ? $"Let the DNS records of {facts.Name.Host} lead here, or set \"ServesApex\": false and serve the documents there" : "Write it for that host: matrixedge export well-known",
                evidence);
        }

        return Ok($"there is none, so that other servers go on to step {facts.Delegation.Found.StepNumber}", evidence);
    }

    // No document, or nobody at port 443, is a decision; anything else is an accident.
    private static bool IsBad(ServerDocumentLook look) => !look.Counts && !(look.Visit.Fault is null && look.CertificateFault is null
        && (look.Document is { Fault: DocumentFault.NotFound } || look.Visit.Last is { Failure.Fault: LookFault.Refused or LookFault.ConnectTimedOut or LookFault.Unreachable, EndPoint: var end } && end.Equals(look.Visit.First.EndPoint)));

    private Finding Explain(Facts facts, ServerDocumentLook look, IReadOnlyList<string> evidence)
    {
        var summary = $"the document does not count: {look.Failure}";
        var lost = facts.Delegation.Found.Delegated is null ? $"; other servers go on to {facts.Delegation.Found.Targets.FirstOrDefault()?.ToString() ?? "nothing"}" : "";
        if (look.Visit.Fault is not null || look.Visit.Last.Failure is not null)
        {
            return Fail(
                summary + lost,
                look.Visit.IsRedirected || look.Visit.Fault is not null ? "A redirect of the web site catches the path, too" : "What listens on port 443 does not answer as a web server",
                $"Let https://{facts.Name.Host}/.well-known/matrix/server be answered at once, without a redirect", evidence);
        }

        if (look.CertificateFault is not null)
            return Fail(summary + lost, CertificateCause(look), $"Mend the certificate on port 443 of {look.Visit.Last.Request.Host}: other servers take no document without it", evidence);

        return look.Document!.Fault switch
        {
            DocumentFault.OtherDocument => Fail(
                summary + lost, "The documents for clients and for servers were taken one for the other", $"Serve {{\"m.server\": \"{Example(facts)}\"}} at /.well-known/matrix/server, and what is there now at /.well-known/matrix/client", evidence),
            DocumentFault.Html or DocumentFault.Empty => Fail(
                summary + lost, "The web site answers for the path, perhaps with its page for what it does not have", $"Let the web server answer /.well-known/matrix/server before the site's own rules, with {{\"m.server\": \"{Example(facts)}\"}}", evidence),
            DocumentFault.Status => Fail(
                summary + lost, look.Visit.Last.Status is >= 500 ? "What should answer is down, or the web server in front cannot reach it" : "The web server does not let everybody have the path", "Let the path be answered with 200 for everybody; let a static file or this gateway do it, so that it stands when the homeserver does not", evidence),
            DocumentFault.TooLong => Fail(summary + lost, "Something else than the document is served", "Serve the document alone", evidence),
            DocumentFault.BadValue or DocumentFault.WrongType => Fail(
                summary + lost, "The value of m.server is a host name with an optional port, and nothing else", $"Write {{\"m.server\": \"{Example(facts)}\"}}: no https://, no path, nothing behind the port", evidence),
            _ => Fail(summary + lost, "The document was written by hand and not checked", $"Write {{\"m.server\": \"{Example(facts)}\"}}", evidence),
        };
    }

    private static string CertificateCause(ServerDocumentLook look) =>
        look.Visit.Hops.Select(hop => hop.Tls?.Certificate).FirstOrDefault(certificate => certificate?.Fault is not null and not ChainFault.None) is { } certificate
            ? CertificateCheck.CauseOf(certificate.Fault) : "The web server has no certificate for this name";

    private static string Example(Facts facts) => facts.Own?.Settings.DelegatedServer ?? $"matrix.{facts.Name.Host}:443";
}
