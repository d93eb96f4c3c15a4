using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace MatrixEdge.Delegation;

/// <summary>What strangers answered where JSON was asked for.</summary>
internal static class JsonAnswer
{
    private const int LongestTold = 120;

    /// <summary>Reads an object; null when it is one.</summary>
    public static (DocumentFault Fault, string Words)? FindFault(ReadOnlySpan<byte> body, out JsonElement document)
    {
        document = default;
        if (body.IsEmpty)
            return (DocumentFault.Empty, "the answer is empty");

        var hasMark = body.StartsWith(Encoding.UTF8.Preamble);
        if (LooksLikeHtml(hasMark ? body[Encoding.UTF8.Preamble.Length..] : body))
            return (DocumentFault.Html, "the answer is a web page and not JSON");
        // RFC 8259 §8.1 lets a reader pass over it; those of Synapse and Dendrite do not.
        if (hasMark)
            return (DocumentFault.NotJson, "it is not JSON: it begins with a byte order mark (an editor's \"UTF-8 with BOM\")");

        try
        {
            var reader = new Utf8JsonReader(body);
            document = JsonElement.ParseValue(ref reader);
            while (reader.Read())
                return (DocumentFault.NotJson, "something stands behind the JSON");
            if (!CanBeRead(body))
                return (DocumentFault.NotJson, "it is not JSON in UTF-8: some of its letters are none");
        }
        catch (JsonException exception)
        {
            return (DocumentFault.NotJson, $"it is not JSON: {Explain(exception)}");
        }

        return document.ValueKind == JsonValueKind.Object ? null : (DocumentFault.NotObject, $"it is {Kind(document)} and no JSON object");
    }

    /// <summary>The type of a value, for a sentence.</summary>
    public static string Kind(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "a list",
        JsonValueKind.String => "a text",
        JsonValueKind.Number => "a number",
        JsonValueKind.True or JsonValueKind.False => "true or false",
        _ => "null",
    };

    /// <summary>A stranger's text in a form in which it may be told: short, and without characters that steer a terminal or turn the direction of reading.</summary>
    public static string Shorten(string text) => Bound(text, LongestTold);

    /// <inheritdoc cref="Shorten"/>
    /// <param name="longest">In characters.</param>
    public static string Bound(string text, int longest)
    {
        var told = string.Concat(text.Take(longest).Select(letter => char.IsControl(letter) || char.IsSurrogate(letter) || char.GetUnicodeCategory(letter) == UnicodeCategory.Format ? ' ' : letter)).Trim();
        return text.Length > longest ? told + "…" : told;
    }

    public static bool LooksLikeHtml(ReadOnlySpan<byte> text)
    {
        text = text.TrimStart(" \t\r\n"u8);
        return !text.IsEmpty && text[0] == '<';
    }

    // The parser lets pass what no text can be made of: octets that are no UTF-8, and one half of a surrogate pair.
    private static bool CanBeRead(ReadOnlySpan<byte> json)
    {
        if (!Utf8.IsValid(json))
            return false;
        if (!json.Contains((byte)'\\'))
            return true;

        var reader = new Utf8JsonReader(json);
        var text = new char[json.Length];
        try
        {
            while (reader.Read())
            {
                if (reader.TokenType is JsonTokenType.String or JsonTokenType.PropertyName && reader.ValueIsEscaped)
                    reader.CopyString(text);
            }

            return true;
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }

    // "…: LineNumber: 0 | BytePositionInLine: 5." is not for people.
    private static string Explain(JsonException exception)
    {
        var words = exception.Message;
        var end = words.IndexOf(" LineNumber:", StringComparison.Ordinal);
        var place = exception.LineNumber is { } line ? $", line {line + 1}, byte {exception.BytePositionInLine + 1}" : "";
        return Shorten((end < 0 ? words : words[..end]).Trim().TrimEnd('.')) + place;
    }
}
