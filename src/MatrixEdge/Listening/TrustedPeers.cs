using MatrixEdge.Configuration;

namespace MatrixEdge.Listening;

/// <summary>The cell that holds who is believed now. One writer: whoever applies a configuration. A connection reads it once.</summary>
internal sealed class TrustedPeers(TrustedProxies proxies)
{
    private volatile TrustedProxies proxies = proxies;

    public TrustedProxies Proxies => proxies;

    public void Replace(TrustedProxies next) => proxies = next;
}
