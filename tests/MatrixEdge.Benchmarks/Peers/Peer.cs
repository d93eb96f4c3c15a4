using MatrixEdge.Benchmarks.Processes;

namespace MatrixEdge.Benchmarks.Peers;

/// <summary>A running proxy.</summary>
/// <param name="name">One of <see cref="PeerNames"/>.</param>
/// <param name="about">Its version and how it works in parallel.</param>
/// <param name="accessLog">The file that gets a line for each request; appended to, so that it can be emptied.</param>
internal sealed class Peer(string name, string about, ChildProcess process, PeerPorts ports, string accessLog) : IAsyncDisposable
{
    public string Name => name;

    public string About => about;

    public ChildProcess Process => process;

    public PeerPorts Ports => ports;

    public IReadOnlyList<int> Processes => ProcessTree.Of(process.Id);

    public long ResidentBytes => ProcessTree.ResidentBytes(Processes);

    public long AccessLogLength => new FileInfo(accessLog) is { Exists: true } file ? file.Length : 0;

    public Uri Uri(string path) => new($"https://localhost:{ports.Https}{path}");

    /// <summary>Lines of past measurements are not needed, and what is not there is not written to the disk.</summary>
    public void EmptyAccessLog()
    {
        using var file = new FileStream(accessLog, FileMode.Open, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);
        file.SetLength(0);
    }

    public ValueTask DisposeAsync() => process.DisposeAsync();
}
