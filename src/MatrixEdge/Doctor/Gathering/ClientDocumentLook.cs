using MatrixEdge.Delegation;
using MatrixEdge.Doctor.Looking;

namespace MatrixEdge.Doctor.Gathering;

/// <summary>The document for clients as one address has it.</summary>
/// <param name="Document">Null when there was no answer.</param>
internal sealed record ClientDocumentLook(Visit Visit, ClientDocument? Document)
{
    /// <summary>Why it does not count, without a final dot; null when it does.</summary>
    public string? Failure => Visit.Fault ?? Visit.Last.Failure?.Words ?? Visit.Hops.Select(CertificateWords.FindFault).FirstOrDefault(fault => fault is not null) ?? Document?.Words;
}
