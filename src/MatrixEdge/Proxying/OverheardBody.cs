namespace MatrixEdge.Proxying;

/// <summary>The beginning of an answer's body, kept while it passes by: nothing is held back for it. Complete when the answer is.</summary>
/// <param name="date">When the answer was written, by the clock of who wrote it; null when that is not said.</param>
internal sealed class OverheardBody(DateTimeOffset? date)
{
    /// <summary>How much is kept, in bytes; the errors of homeservers are some hundreds long, and their limits forty.</summary>
    public const int Most = 2048;

    private readonly byte[] kept = new byte[Most];
    private int length;

    public DateTimeOffset? Date { get; } = date;

    public ReadOnlyMemory<byte> Kept => kept.AsMemory(0, length);

    public void Keep(ReadOnlySpan<byte> bytes)
    {
        var more = bytes[..Math.Min(bytes.Length, Most - length)];
        more.CopyTo(kept.AsSpan(length));
        length += more.Length;
    }
}
