using System.Collections.Immutable;
using MatrixEdge.Delegation;
using MatrixEdge.Doctor.Looking;

namespace MatrixEdge.Doctor.Gathering;

/// <summary>The document for clients.</summary>
/// <param name="Documents">What each address of the server name answers to <c>/.well-known/matrix/client</c>.</param>
/// <param name="Preflight">What the first that answers says to <c>OPTIONS</c>; null when none does.</param>
internal sealed record ClientDocumentFacts(ImmutableArray<ClientDocumentLook> Documents, HttpLook? Preflight)
{
    /// <summary>The first that can be used.</summary>
    public ClientDocument? Document => Documents.Select(look => look.Failure is null ? look.Document : null).FirstOrDefault(document => document is { BaseUrl: not null });
}
