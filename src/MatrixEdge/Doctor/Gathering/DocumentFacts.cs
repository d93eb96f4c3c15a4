using System.Collections.Immutable;
using MatrixEdge.Doctor.Looking;

namespace MatrixEdge.Doctor.Gathering;

/// <summary>The other documents.</summary>
/// <param name="Support">The answer to <c>/.well-known/matrix/support</c>; null when the server name leads nowhere, as the next.</param>
/// <param name="PolicyServer">The answer to <c>/.well-known/matrix/policy_server</c>.</param>
/// <param name="OtherClientDocument">The document for clients at the host where the homeserver is, when that is another host.</param>
/// <param name="OtherServerDocument">Like <paramref name="OtherClientDocument"/>, for servers.</param>
/// <param name="Calls">What the services of calls in the document for clients answer.</param>
internal sealed record DocumentFacts(HttpLook? Support, HttpLook? PolicyServer, HttpLook? OtherClientDocument, HttpLook? OtherServerDocument, ImmutableArray<CallLook> Calls);
