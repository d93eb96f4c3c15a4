using MatrixEdge.Benchmarks.Backend;
using MatrixEdge.Benchmarks.Peers;

namespace MatrixEdge.Benchmarks.Works;

/// <summary>The works in the order of the table.</summary>
internal static class AllWorks
{
    private static readonly IReadOnlyList<Work> All =
    [
        new Http11Work("http1", "proxied GET, HTTP/1.1", BackendAnswers.SmallPath),
        new Http2Work("http2", "proxied GET, HTTP/2", BackendAnswers.SmallPath),
        new Http11Work("well-known", "well-known, HTTP/1.1", WellKnown.ServerPath),
        new ConnectionsWork("connect", "new TLS connection + GET", WellKnown.ServerPath),
        new TransferWork("download", "100 MB down", IsUpload: false),
        new TransferWork("upload", "100 MB up", IsUpload: true),
    ];

    /// <summary>As the option <c>--work</c> has them.</summary>
    public static IEnumerable<string> Names => All.Select(work => work.Name);

    public static IReadOnlyList<Work> Choose(IReadOnlyCollection<string> names) => [.. All.Where(work => names.Contains(work.Name))];
}
