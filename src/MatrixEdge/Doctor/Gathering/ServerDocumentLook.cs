using MatrixEdge.Delegation;
using MatrixEdge.Doctor.Looking;

namespace MatrixEdge.Doctor.Gathering;

/// <summary>The document for servers as one address has it.</summary>
/// <param name="Document">Null when there was no answer.</param>
internal sealed record ServerDocumentLook(Visit Visit, ServerDocument? Document)
{
    /// <summary>Why it does not count, without a final dot; null when it does.</summary>
    public string? Failure => Visit.Fault ?? Visit.Last.Failure?.Words ?? CertificateFault ?? Document?.Words;

    /// <summary>A certificate on the way that other servers do not accept.</summary>
    public string? CertificateFault => Visit.Hops.Select(CertificateWords.FindFault).FirstOrDefault(fault => fault is not null);

    /// <summary>Whether other servers take it.</summary>
    public bool Counts => Failure is null && Document?.Delegated is not null;
}
