using MatrixEdge.Benchmarks.Works;

namespace MatrixEdge.Benchmarks;

/// <summary>What the command <c>peers</c> was asked for.</summary>
/// <param name="Gateway">A published gateway; null to publish it.</param>
internal sealed record PeersOptions(int Rounds, TimeSpan Duration, IReadOnlyList<Work> Works, FileInfo? Gateway)
{
    private static readonly TimeSpan LongestWarmUp = TimeSpan.FromSeconds(5);

    /// <summary>Each work runs this long on each peer before it is measured.</summary>
    public TimeSpan WarmUp => Duration < LongestWarmUp ? Duration : LongestWarmUp;

    /// <summary>When the whole command is given up: twice the time that is needed, and some for publishing and starting.</summary>
    public TimeSpan Limit => TimeSpan.FromMinutes(5) + 2 * Peers.PeerNames.All.Count * Works.Count * (Rounds * (Duration + TimeSpan.FromSeconds(1)) + WarmUp);
}
