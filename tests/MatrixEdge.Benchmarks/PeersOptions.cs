using MatrixEdge.Benchmarks.Peers;
using MatrixEdge.Benchmarks.Works;

namespace MatrixEdge.Benchmarks;

/// <summary>What the command <c>peers</c> was asked for.</summary>
/// <param name="Names">The figures, of <see cref="Figures.AllFigures.Names"/>.</param>
/// <param name="IsShort">Whether it is the instrument that is examined, and not the peers: as little of everything as shows that it works.</param>
/// <param name="Gateway">A published gateway; null to publish it.</param>
internal sealed record PeersOptions(int Rounds, TimeSpan Duration, IReadOnlyList<string> Names, bool IsShort, FileInfo? Gateway)
{
    private static readonly TimeSpan LongestWarmUp = TimeSpan.FromSeconds(10);

    /// <summary>What runs as fast as it can.</summary>
    public IReadOnlyList<Work> Works { get; } = AllWorks.Choose(Names);

    /// <summary>Each work runs this long on each peer before it is measured: code that is compiled while it runs takes seconds to be as it stays.</summary>
    public TimeSpan WarmUp => IsShort ? TimeSpan.Zero : 2 * Duration < LongestWarmUp ? 2 * Duration : LongestWarmUp;

    /// <summary>How often each peer is started in a round.</summary>
    public int StartsPerRound => IsShort ? 1 : 3;

    /// <summary>How long after its start a peer is said to be idle: what it does once, and what it does at first, is over.</summary>
    public TimeSpan Settle => TimeSpan.FromSeconds(IsShort ? 1 : 30);

    /// <summary>How long after an event memory is looked at: what belongs to opening, loading and answering is over by then.</summary>
    public TimeSpan Aftermath => TimeSpan.FromSeconds(IsShort ? 0.2 : 2);

    public int IdleConnections => IsShort ? 200 : 2_000;

    /// <summary>Opened and closed before those: what the first connections cost once is no cost of each.</summary>
    public int FirstConnections => IdleConnections / 40;

    /// <summary>When the whole command is given up: twice the time that is needed, and some for publishing and starting.</summary>
    public TimeSpan Limit
    {
        get
        {
            if (IsShort)
                return TimeSpan.FromMinutes(5);

            // Each work, the latency (twice) and the load before memory (four times) on each peer.
            var turns = PeerNames.All.Count * (Works.Count + 6);
            var needed = (turns * WarmUp) + (Rounds * ((turns * (Duration + TimeSpan.FromSeconds(1))) + Settle + TimeSpan.FromMinutes(1)));
            return TimeSpan.FromMinutes(6) + (2 * needed);
        }
    }
}
