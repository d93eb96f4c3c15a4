using MatrixEdge.Doctor.Gathering;
using MatrixEdge.Doctor.Looking;
using MatrixEdge.Observability;

namespace MatrixEdge.Doctor.Checks;

/// <summary>Whether other servers trust the certificate, at each address.</summary>
internal sealed class CertificateCheck() : Check("certificate", "Certificate is trusted", Piece.Federation | Piece.Ports)
{
    public override Finding Examine(Facts facts)
    {
        var looks = facts.Federation.Looks.Where(look => look.Keys.Tls is not null).ToList();
        if (looks.Count == 0)
            return Skip("no certificate was seen");

        var evidence = looks.Select(look => Words(look.EndPoint.ToString(), look.Keys.Tls!.Certificate));
        if (looks.FirstOrDefault(look => look.Keys.Tls!.Certificate.Fault != ChainFault.None) is not { } bad)
            return Ok("it is trusted at every address", evidence);

        var certificate = bad.Keys.Tls!.Certificate;
        var fresh = certificate.Fault == ChainFault.Expired
            ? facts.Ports.Looks.FirstOrDefault(look => look.Tls is { Certificate.Fault: ChainFault.None } && look.EndPoint.Port != bad.EndPoint.Port) : null;
        return Fail(
            $"the certificate at {bad.EndPoint} is not accepted: {certificate.Words}{(fresh is null ? "" : $", while that on port {fresh.EndPoint.Port} is valid until {fresh.Tls!.Certificate.NotAfter:yyyy-MM-dd}")}",
            fresh is null ? CauseOf(certificate.Fault) : $"Port {bad.EndPoint.Port} has a copy of its own, which was not renewed with the one on port {fresh.EndPoint.Port}, or its program was not told to read it again",
            fresh is null ? RemedyOf(certificate) : $"Let the same program serve both ports from one certificate (this gateway does), or copy it and reload at each renewal",
            evidence.Concat(facts.Ports.Looks.Where(look => look.Tls is not null).Select(look => Words(look.EndPoint.ToString(), look.Tls!.Certificate))).Distinct());
    }

    public static string CauseOf(ChainFault fault) => fault switch
    {
        ChainFault.Expired => "It was not renewed, or was renewed and the program that serves it was not told to read it again",
        ChainFault.NotYetValid => "The clock of this host or of the one that issued it is wrong",
        ChainFault.SelfSigned => "A certificate made by the program itself is served, since it found no other",
        ChainFault.Incomplete => "The certificate alone is served (cert.pem) where the full chain belongs (fullchain.pem): browsers find what is missing by themselves, other servers do not",
        ChainFault.UnknownAuthority => "It comes from a private or testing authority (at Let's Encrypt: the staging server), which other servers do not know",
        _ => "It was made for another purpose, or by rules that are no longer accepted",
    };

    private static string RemedyOf(CertificateLook certificate) => certificate.Fault switch
    {
        ChainFault.Expired => "Renew it, and let the program that serves it read it again",
        ChainFault.NotYetValid => "Set the clocks by the network",
        ChainFault.Incomplete => $"Serve the full chain, with the certificate of \"{certificate.Issuer}\" in it (certbot: fullchain.pem)",
        _ => "Get one from an authority that everybody knows, such as Let's Encrypt",
    };

    private static string Words(string where, CertificateLook certificate) =>
        $"{where}: {certificate.NamesInWords}; by {certificate.Issuer}, until {certificate.NotAfter:yyyy-MM-dd HH:mm} UTC, serial {certificate.Leaf.SerialNumber}, {certificate.Sent.Length} sent with it{(certificate.Words is { } words ? $"; {words}" : "")}";
}
