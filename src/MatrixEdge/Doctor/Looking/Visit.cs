using System.Collections.Immutable;

namespace MatrixEdge.Doctor.Looking;

/// <summary>An address that was asked, and whatever it led on to.</summary>
/// <param name="Hops">In order; at least one.</param>
/// <param name="Fault">Why redirects were not followed to their end, without a final dot; null when they were.</param>
internal sealed record Visit(ImmutableArray<HttpLook> Hops, string? Fault)
{
    public HttpLook First => Hops[0];

    public HttpLook Last => Hops[^1];

    public bool IsRedirected => Hops.Length > 1;
}
