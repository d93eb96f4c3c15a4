using MatrixEdge.Delegation;
using MatrixEdge.Doctor.Gathering;
using MatrixEdge.Observability;

namespace MatrixEdge.Doctor.Checks;

/// <summary>Whether the certificate is for the name that other servers expect there, which depends on the way they came.</summary>
internal sealed class CertificateNamesCheck() : Check("certificate-names", "Certificate is for the right name", Piece.Federation | Piece.Delegation)
{
    public override Finding Examine(Facts facts)
    {
        var looks = facts.Federation.Looks.Where(look => look.Keys.Tls is not null).ToList();
        if (looks.Count == 0)
            return Skip("no certificate was seen");

        var found = facts.Delegation.Found;
        var evidence = looks.Select(look => $"{look.EndPoint}: {look.Keys.Tls!.Certificate.NamesInWords}");
        if (looks.FirstOrDefault(look => !look.Keys.Tls!.Certificate.Covers(found.CertificateName)) is not { } bad)
            return Ok($"it is for {found.CertificateName}", evidence);

        var certificate = bad.Keys.Tls!.Certificate;
        var summary = $"the certificate at {bad.EndPoint} is for {certificate.NamesInWords}, and other servers expect {found.CertificateName} there";
        if (found.IsByService && certificate.Covers(bad.Target.Host))
        {
            return Fail(
                summary,
                $"An SRV record leads to {bad.Target}, but DNS can be forged: the certificate must be for the name before it, {found.CertificateName}",
                $"Serve a certificate for {found.CertificateName} there, or publish a document for servers with {{\"m.server\": \"{bad.Target.Host}:{bad.Target.Port}\"}} in place of the SRV record",
                evidence);
        }

        var wildcard = certificate.Names.FirstOrDefault(name => name.StartsWith("*.", StringComparison.Ordinal) && found.CertificateName.EndsWith(name[2..], StringComparison.OrdinalIgnoreCase));
        return Fail(
            summary,
            wildcard is not null ? $"{wildcard} covers one level below {wildcard[2..]}, and neither that name itself nor deeper ones"
                : found.Step == DiscoveryStep.Default ? $"No document for servers leads elsewhere, so that they come to {facts.Name.Host} itself"
                : "The certificate of another host is served for this name: the program has none for it, or another program answers",
            found.Step == DiscoveryStep.Default
                ? $"Publish a document for servers that leads to the name in the certificate, or get one that is for {found.CertificateName}, too"
                : $"Get a certificate that is for {found.CertificateName}, too, and serve it there",
            evidence);
    }
}
