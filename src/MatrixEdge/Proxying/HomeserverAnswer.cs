namespace MatrixEdge.Proxying;

/// <summary>What a homeserver said of itself, or why it said nothing.</summary>
/// <param name="Software">Name and version, for example <c>Synapse 1.160.0</c>; null when it did not say.</param>
/// <param name="Versions">Versions of the specification that it speaks, oldest first.</param>
/// <param name="Failure">Null when it answered.</param>
internal sealed record HomeserverAnswer(string? Software, IReadOnlyList<string> Versions, string? Failure)
{
    /// <summary>When it was asked.</summary>
    public DateTimeOffset At { get; init; }
}
