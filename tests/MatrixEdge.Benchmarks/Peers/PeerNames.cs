namespace MatrixEdge.Benchmarks.Peers;

/// <summary>Who is measured, in the order of the turns and of the table's columns.</summary>
internal static class PeerNames
{
    public const string Gateway = "gateway";
    public const string Nginx = "nginx";
    public const string HAProxy = "HAProxy";
    public const string Caddy = "Caddy";

    public static readonly IReadOnlyList<string> All = [Gateway, Nginx, HAProxy, Caddy];
}
