using MatrixEdge.Doctor.Gathering;
using MatrixEdge.Observability;

namespace MatrixEdge.Doctor.Checks;

/// <summary>What is shown to those who name no host, as servers do that connect to an address.</summary>
internal sealed class CertificateDefaultCheck() : Check("certificate-default", "Certificate without a name", Piece.Ports | Piece.Delegation)
{
    public override Finding Examine(Facts facts)
    {
        var name = facts.Delegation.Found.CertificateName;
        var looks = facts.Ports.WithoutName;
        if (looks.IsEmpty)
            return Skip("no certificate was seen");

        var evidence = looks.Select(look => $"{look.EndPoint}: {look.Tls?.Certificate.NamesInWords ?? look.Failure!.Words}");
        return looks.FirstOrDefault(look => look.Tls?.Certificate.Covers(name) != true) is not { } other
            ? Ok($"those who name no host get the one for {name}, too", evidence)
            : Ok($"at {other.EndPoint} those who name no host get {(other.Tls is null ? "none" : "another one")}; that matters only where a server name is an address", evidence);
    }
}
