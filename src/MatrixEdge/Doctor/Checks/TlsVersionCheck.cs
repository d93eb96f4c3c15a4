using System.Security.Authentication;
using MatrixEdge.Doctor.Gathering;
using MatrixEdge.Observability;

namespace MatrixEdge.Doctor.Checks;

internal sealed class TlsVersionCheck() : Check("tls-version", "TLS is up to date", Piece.Ports)
{
    public override Finding Examine(Facts facts)
    {
        var looks = facts.Ports.Looks.Where(look => look.Tls is not null).ToList();
        if (looks.Count == 0)
            return Skip("no handshake was completed");

        var evidence = looks.Select(look => $"{look.EndPoint}: {look.Tls!.Protocol}");
        return looks.FirstOrDefault(look => look.Tls!.Protocol is not (SslProtocols.Tls12 or SslProtocols.Tls13)) is { } old
            ? Warn(
                $"{old.EndPoint} offers nothing better than {old.Tls!.Protocol}, which current systems refuse",
                "The program in front is old, or told to be",
                "Allow TLS 1.2 and 1.3 there",
                evidence)
            : Ok(string.Join(", ", looks.Select(look => look.Tls!.Protocol).Distinct()), evidence);
    }
}
