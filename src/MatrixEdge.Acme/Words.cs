using System.Globalization;
using System.Text;

namespace MatrixEdge.Acme;

/// <summary>Text from strangers, made fit for a log line.</summary>
internal static class Words
{
    /// <summary>How much is shown of an answer that is no problem document, in characters.</summary>
    public const int Excerpt = 200;

    /// <summary>How much is kept of one text in a problem document, in characters.</summary>
    public const int Detail = 2000;

    /// <summary>Without control and formatting characters, white space in one piece, cut to a length with an ellipsis.</summary>
    public static string Clean(string text, int longest)
    {
        var clean = new StringBuilder();
        foreach (var rune in text.EnumerateRunes())
        {
            var category = Rune.GetUnicodeCategory(rune);
            if (Rune.IsWhiteSpace(rune) || Rune.IsControl(rune))
            {
                if (clean.Length > 0 && clean[^1] != ' ')
                    clean.Append(' ');
            }
            else if (category is not (UnicodeCategory.Format or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned) && rune != Rune.ReplacementChar)
            {
                clean.Append(rune);
            }

            if (clean.Length > longest)
                return clean.ToString(0, char.IsHighSurrogate(clean[longest - 2]) ? longest - 2 : longest - 1) + "…";
        }

        return clean.ToString().TrimEnd();
    }

    /// <summary>The begin of an answer that is no problem document; of a web page only its text.</summary>
    public static string Of(ReadOnlySpan<byte> body)
    {
        var text = Encoding.UTF8.GetString(body[..Math.Min(body.Length, 16 * 1024)]).TrimStart();
        return Clean(text.StartsWith('<') ? WithoutTags(text) : text, Excerpt);
    }

    private static string WithoutTags(string page)
    {
        var text = new StringBuilder();
        var tag = false;
        foreach (var character in page)
        {
            if (character == '<')
                tag = true;
            else if (character == '>' && tag)
                (tag, _) = (false, text.Append(' '));
            else if (!tag)
                text.Append(character);
        }

        return text.ToString();
    }
}
