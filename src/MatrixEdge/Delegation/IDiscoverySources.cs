using MatrixEdge.Dns;
using MatrixEdge.Protocol;

namespace MatrixEdge.Delegation;

/// <summary>What discovery has to ask the world.</summary>
internal interface IDiscoverySources
{
    /// <summary>What <c>https://HOST/.well-known/matrix/server</c> delegates to; null when it does not count.</summary>
    Task<ServerName?> FindDelegatedAsync(string host, CancellationToken stop);

    Task<DnsAnswer> FindServiceAsync(DnsName name, CancellationToken stop);
}
