using MatrixEdge.Benchmarks.Processes;

namespace MatrixEdge.Benchmarks.Peers;

/// <summary>Where a peer listens, on loopback.</summary>
/// <param name="Admin">Of the gateway alone.</param>
internal sealed record PeerPorts(int Https, int Federation, int Admin)
{
    public static PeerPorts Take() => FreePorts.Take(3) is [var https, var federation, var admin] ? new PeerPorts(https, federation, admin) : throw new InvalidOperationException();
}
