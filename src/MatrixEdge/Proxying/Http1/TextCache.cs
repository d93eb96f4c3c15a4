using System.Text;

namespace MatrixEdge.Proxying.Http1;

/// <summary>
/// Strings for bytes that come again and again: names and most values of a homeserver's headers are the same in every answer. What
/// falls into the same place takes it; readers and writers need no lock, since a reference is read and written as a whole.
/// </summary>
/// <param name="size">How many are kept; a power of two.</param>
internal sealed class TextCache(int size)
{
    /// <summary>What is longer comes seldom twice.</summary>
    public const int Longest = 80;

    private readonly string?[] slots = new string?[size];

    /// <summary>Puts this very string where its bytes are looked up.</summary>
    public void Add(string text)
    {
        Span<byte> bytes = stackalloc byte[Longest];
        Slot(bytes[..Encoding.Latin1.GetBytes(text, bytes)]) = text;
    }

    /// <summary>The bytes as text, each one a letter (ISO 8859-1): whatever they mean, they go out as they came in.</summary>
    public string Get(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length is 0 or > Longest)
            return Encoding.Latin1.GetString(bytes);

        ref var slot = ref Slot(bytes);
        if (slot is { } kept && Ascii.Equals(bytes, kept))
            return kept;

        var text = Encoding.Latin1.GetString(bytes);
        slot = text;
        return text;
    }

    // FNV-1a.
    private ref string? Slot(ReadOnlySpan<byte> bytes)
    {
        var hash = 2166136261u;
        foreach (var letter in bytes)
            hash = (hash ^ letter) * 16777619u;
        return ref slots[(hash ^ (hash >> 15)) & (uint)(slots.Length - 1)];
    }
}
