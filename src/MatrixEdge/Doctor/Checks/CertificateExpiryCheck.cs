using MatrixEdge.Doctor.Gathering;
using MatrixEdge.Doctor.Looking;
using MatrixEdge.Observability;

namespace MatrixEdge.Doctor.Checks;

/// <summary>Whether a certificate is about to expire that should have been renewed by now.</summary>
internal sealed class CertificateExpiryCheck() : Check("certificate-expiry", "Certificate has time left", Piece.Ports)
{
    private static readonly TimeSpan Usual = TimeSpan.FromDays(14);

    public override Finding Examine(Facts facts)
    {
        var certificates = facts.Ports.Looks.Where(look => look.Tls is { Certificate.Fault: not (ChainFault.Expired or ChainFault.NotYetValid) }).ToList();
        if (certificates.Count == 0)
            return Skip("no certificate was seen that is valid now");

        var soonest = certificates.MinBy(look => look.Tls!.Certificate.NotAfter)!;
        var certificate = soonest.Tls!.Certificate;
        var left = certificate.NotAfter - facts.Now;
        var lifetime = certificate.NotAfter - certificate.NotBefore;
        var enough = lifetime / 5 < Usual ? lifetime / 5 : Usual; // those of six days are renewed at half of it
        return left >= enough
            ? Ok($"the one that ends first, at {soonest.EndPoint}, is valid until {certificate.NotAfter:yyyy-MM-dd HH:mm} UTC")
            : Warn(
                $"the certificate at {soonest.EndPoint} expires on {certificate.NotAfter:yyyy-MM-dd HH:mm} UTC, in {(left.TotalDays >= 2 ? $"{(int)left.TotalDays} days" : $"{(int)left.TotalHours} hours")}",
                "By now it should have been renewed: renewal has failed, or the program that serves it still has the old one in memory",
                facts.Own is null ? "Renew it, and let the program that serves it read it again" : "matrixedge certificates list says what failed",
                $"valid from {certificate.NotBefore:yyyy-MM-dd}, {lifetime.TotalDays:0} days in all");
    }
}
