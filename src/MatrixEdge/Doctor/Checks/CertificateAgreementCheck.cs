using MatrixEdge.Doctor.Gathering;
using MatrixEdge.Doctor.Looking;
using MatrixEdge.Observability;

namespace MatrixEdge.Doctor.Checks;

/// <summary>Whether 443 and 8448, IPv4 and IPv6 show the same certificate: a second copy is the one that goes stale.</summary>
internal sealed class CertificateAgreementCheck() : Check("certificate-agreement", "Same certificate everywhere", Piece.Ports | Piece.Delegation)
{
    public override Finding Examine(Facts facts)
    {
        var name = facts.Delegation.Found.CertificateName;
        var looks = facts.Ports.Looks.Where(look => look.Tls is not null && look.Host == name).ToList();
        if (looks.Count == 0)
            return Skip("no certificate was seen");

        var evidence = looks.Select(look => $"{look.EndPoint}: serial {look.Tls!.Certificate.Leaf.SerialNumber}, until {look.Tls.Certificate.NotAfter:yyyy-MM-dd}{(CertificateWords.FindFault(look.Tls.Certificate, name) is { } fault ? $"; {fault}" : "")}").ToList();
        if (looks.FirstOrDefault(look => CertificateWords.FindFault(look.Tls!.Certificate, name) is not null) is { } bad && looks.Any(look => CertificateWords.FindFault(look.Tls!.Certificate, name) is null))
        {
            return Warn(
                $"at {bad.EndPoint} {CertificateWords.FindFault(bad.Tls!.Certificate, name)}, while another port or address shows a good one",
                "There is a second copy of the certificate, or a second program, that was forgotten; whoever still comes that way is shut out",
                $"Let the same program serve all ports from one certificate (this gateway does), or close {bad.EndPoint}",
                evidence);
        }

        if (facts.Own is { Serial: { } served } && looks.FirstOrDefault(look => !SameSerial(look.Tls!.Certificate, served)) is { } foreign)
        {
            return Warn(
                $"at {foreign.EndPoint} another certificate is shown than the one that this gateway serves",
                "Something else answers there: a CDN or proxy in front, another machine, or another program on the port",
                "If that is meant, mind its certificate, too; otherwise let the address and port lead here",
                evidence.Append($"served here: serial {served}"));
        }

        var kinds = looks.Select(look => look.Tls!.Certificate.Thumbprint).Distinct().Count();
        return Ok(kinds == 1 ? $"the same on {string.Join(", ", looks.Select(look => look.EndPoint))}" : "different ones, each of them good", evidence);
    }

    private static bool SameSerial(CertificateLook certificate, string served) =>
        certificate.Leaf.SerialNumber.TrimStart('0').Equals(served.TrimStart('0'), StringComparison.OrdinalIgnoreCase);
}
