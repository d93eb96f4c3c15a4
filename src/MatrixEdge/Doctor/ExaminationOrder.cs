using System.Collections.Immutable;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using MatrixEdge.Doctor.Gathering;
using MatrixEdge.Doctor.Looking;
using MatrixEdge.Protocol;

namespace MatrixEdge.Doctor;

/// <summary>What is to be examined, and from where.</summary>
/// <param name="Resolvers">Which name servers are asked, in order; at least one.</param>
/// <param name="Roots">Trusted beside the system's.</param>
/// <param name="Own">What the gateway knows of the server; null for a stranger's.</param>
internal sealed record ExaminationOrder(ServerName Name, ImmutableArray<IPEndPoint> Resolvers, X509Certificate2Collection Roots, OwnSite? Own)
{
    public static readonly TimeSpan UsualLimit = TimeSpan.FromSeconds(90);

    /// <summary>How connections are made.</summary>
    public INetwork Network { get; init; } = new DirectNetwork();

    /// <summary>How long a name server, a connection and a handshake may take, each; an answer may take twice that.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long all of it may take; what is not known by then is skipped.</summary>
    public TimeSpan Limit { get; init; } = UsualLimit;
}
