namespace MatrixEdge.Beginning;

/// <summary>A part of the new configuration, and how it came to be known.</summary>
/// <param name="Origin">The key and the place that it was read from; null where somebody answered a question.</param>
internal sealed record Known<T>(T Value, string? Origin = null)
{
    public Known<TOther> As<TOther>(TOther other) => new(other, Origin);
}
