using System.Globalization;
using System.Text;
using System.Text.Json;

namespace MatrixEdge.Protocol;

/// <summary>The one way to write a JSON object that signatures are made of (Matrix appendices §Canonical JSON).</summary>
internal static class CanonicalJson
{
    // 2⁵³ - 1; what is beyond is written as it was sent.
    private const long Largest = 9007199254740991;

    /// <param name="without">Members of the outermost object to leave out.</param>
    public static byte[] Write(JsonElement document, params ReadOnlySpan<string> without)
    {
        var text = new StringBuilder();
        Write(text, document, without);
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    private static void Write(StringBuilder text, JsonElement value, ReadOnlySpan<string> without = default)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                text.Append('{');
                var isFirst = true;
                foreach (var member in value.EnumerateObject().OrderBy(member => member.Name, CodePoints.Order))
                {
                    if (without.Contains(member.Name))
                        continue;

                    if (!isFirst)
                        text.Append(',');
                    isFirst = false;
                    Write(text, member.Name);
                    text.Append(':');
                    Write(text, member.Value);
                }

                text.Append('}');
                break;
            case JsonValueKind.Array:
                text.Append('[');
                for (var i = 0; i < value.GetArrayLength(); i++)
                {
                    if (i > 0)
                        text.Append(',');
                    Write(text, value[i]);
                }

                text.Append(']');
                break;
            case JsonValueKind.String:
                Write(text, value.GetString()!);
                break;
            case JsonValueKind.Number:
                // -0 and 1e10 are whole numbers, too; what is not is no canonical JSON, and stays as it is.
                text.Append(value.TryGetDecimal(out var number) && number == decimal.Truncate(number) && decimal.Abs(number) <= Largest
                    ? ((long)number).ToString(CultureInfo.InvariantCulture) : value.GetRawText());
                break;
            default:
                text.Append(value.GetRawText());
                break;
        }
    }

    private static void Write(StringBuilder text, string value)
    {
        text.Append('"');
        foreach (var letter in value)
        {
            _ = letter switch
            {
                '"' => text.Append("\\\""),
                '\\' => text.Append("\\\\"),
                '\b' => text.Append("\\b"),
                '\t' => text.Append("\\t"),
                '\n' => text.Append("\\n"),
                '\f' => text.Append("\\f"),
                '\r' => text.Append("\\r"),
                < ' ' => text.Append(CultureInfo.InvariantCulture, $"\\u{(int)letter:x4}"),
                _ => text.Append(letter),
            };
        }

        text.Append('"');
    }

    /// <summary>By code point, which differs from .NET's order of UTF-16 where surrogates meet the last private characters.</summary>
    private sealed class CodePoints : IComparer<string>
    {
        public static CodePoints Order { get; } = new();

        public int Compare(string? x, string? y)
        {
            var (a, b) = (x!.EnumerateRunes(), y!.EnumerateRunes());
            while (true)
            {
                var (more, other) = (a.MoveNext(), b.MoveNext());
                if (!more || !other)
                    return more.CompareTo(other);
                if (a.Current.CompareTo(b.Current) is var order and not 0)
                    return order;
            }
        }
    }
}
