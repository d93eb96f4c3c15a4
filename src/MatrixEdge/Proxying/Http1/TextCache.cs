using System.Text;

namespace MatrixEdge.Proxying.Http1;

/// <summary>
/// Strings for bytes that come again and again: names and most values of a homeserver's headers are the same in every answer. Of what
/// falls into the same place, the last two are kept; no lock is needed, since a reference is read and written as a whole.
/// </summary>
/// <param name="size">How many are kept; a power of two.</param>
internal sealed class TextCache(int size)
{
    /// <summary>What is longer comes seldom twice.</summary>
    public const int Longest = 80;

    private readonly string?[] slots = new string?[size];

    /// <summary>Keeps this very string for its bytes.</summary>
    public void Add(string text)
    {
        Span<byte> bytes = stackalloc byte[Longest];
        Keep(text, PlaceOf(bytes[..Encoding.Latin1.GetBytes(text, bytes)]));
    }

    /// <summary>The bytes as text, each one a letter (ISO 8859-1): whatever they mean, they go out as they came in.</summary>
    public string Get(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length is 0 or > Longest)
            return Encoding.Latin1.GetString(bytes);

        var place = PlaceOf(bytes);
        if (slots[place] is { } first && Ascii.Equals(bytes, first))
            return first;
        if (slots[place + 1] is { } second && Ascii.Equals(bytes, second))
            return second;

        var text = Encoding.Latin1.GetString(bytes);
        Keep(text, place);
        return text;
    }

    private void Keep(string text, int place) => (slots[place], slots[place + 1]) = (text, slots[place]);

    // FNV-1a.
    private int PlaceOf(ReadOnlySpan<byte> bytes)
    {
        var hash = 2166136261u;
        foreach (var letter in bytes)
            hash = (hash ^ letter) * 16777619u;
        return (int)((hash ^ (hash >> 15)) & (uint)(slots.Length - 2));
    }
}
