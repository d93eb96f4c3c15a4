using System.Net;
using MatrixEdge.Delegation;
using MatrixEdge.Doctor.Looking;

namespace MatrixEdge.Doctor.Gathering;

/// <summary>The homeserver as other servers meet it at one address.</summary>
/// <param name="Keys">The answer to <c>/_matrix/key/v2/server</c>.</param>
/// <param name="Document">Null when the answer is none.</param>
internal sealed record FederationLook(DiscoveredTarget Target, IPEndPoint EndPoint, HttpLook Keys, KeyDocument? Document)
{
    /// <summary>The answer to <c>/_matrix/federation/v1/version</c>; null when it was not asked for, since nothing answers there.</summary>
    public HttpLook? Version { get; init; }

    /// <summary>The answer to an endpoint that does not exist.</summary>
    public HttpLook? Unknown { get; init; }

    /// <summary>The answer to a method that an endpoint does not have.</summary>
    public HttpLook? WrongMethod { get; init; }

    /// <summary>Whether a transaction of usual size would be taken.</summary>
    public HttpLook? LargeBody { get; init; }
}
