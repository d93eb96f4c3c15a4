using MatrixEdge.Observability;

namespace MatrixEdge.Tests.Doctor;

/// <summary>A mistake that operators have made, as a change to what was healthy before.</summary>
/// <param name="Name">A sentence.</param>
/// <param name="First">The finding that must be named first.</param>
/// <param name="Word">Must be in its summary or its cause.</param>
internal sealed record BrokenSetup(string Name, string First, FindingOutcome Outcome, string Word, Action<World> Break)
{
    public Shape Shape { get; init; }

    /// <summary>Whether there is IPv6, too, since the mistake is about that.</summary>
    public bool HasV6 { get; init; }

    /// <summary>What must be said of other findings beside the first.</summary>
    public Action<Examination>? More { get; init; }
}
