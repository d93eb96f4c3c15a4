namespace MatrixEdge.Delegation;

/// <summary>A host and port to connect to.</summary>
/// <param name="Host">A host name, or an address as server names have it.</param>
/// <param name="Port">Of TCP.</param>
internal sealed record DiscoveredTarget(string Host, int Port)
{
    public override string ToString() => $"{Host}:{Port}";
}
