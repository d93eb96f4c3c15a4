using System.Collections.Immutable;
using MatrixEdge.Doctor.Looking;

namespace MatrixEdge.Doctor.Gathering;

/// <summary>The homeserver as clients meet it.</summary>
/// <param name="BaseUrl">Where it is looked for.</param>
/// <param name="Origin">How that is known: <c>the document for clients</c>.</param>
/// <param name="Host">Where its host leads.</param>
/// <param name="Versions">The answer of each address to <c>/_matrix/client/versions</c>.</param>
internal sealed record ClientApiFacts(Uri BaseUrl, string Origin, HostAddresses Host, ImmutableArray<Visit> Versions)
{
    /// <summary>What <c>OPTIONS</c> gets; null where nothing answers, as for all that follows.</summary>
    public HttpLook? Preflight { get; init; }

    public HttpLook? Login { get; init; }

    /// <summary>The key document, by which a homeserver tells its name; where federation has a port of its own, there is none.</summary>
    public HttpLook? Keys { get; init; }

    public HttpLook? AuthMetadata { get; init; }

    /// <summary>The answer to an endpoint that does not exist.</summary>
    public HttpLook? Unknown { get; init; }

    /// <summary>Whether a picture of usual size would be taken.</summary>
    public HttpLook? LargeUpload { get; init; }

    /// <summary>What nobody outside may see.</summary>
    public ImmutableArray<HttpLook> PrivatePaths { get; init; } = [];
}
