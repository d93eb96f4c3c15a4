using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;

namespace MatrixEdge.Observability.Status;

/// <summary>
/// A piece of HTML. Of an interpolated string, what the program's text holds is taken as it is; whatever is put in is escaped, for text
/// and attributes in quotes alike, unless it is a piece of HTML itself. So nothing that a stranger sent can be forgotten.
/// </summary>
internal sealed class Html
{
    private readonly string text;

    private Html(string text) => this.text = text;

    public static Html None { get; } = new("");

    public static Html Of(Content content) => new(content.Done());

    /// <summary>The piece, made only if there is something to tell; else nothing.</summary>
    public static Html When(bool isSo, Func<Html> make) => isSo ? make() : None;

    /// <inheritdoc cref="When(bool, Func{Html})"/>
    public static Html When<T>(T? value, Func<T, Html> make)
        where T : class => value is null ? None : make(value);

    /// <inheritdoc cref="When(bool, Func{Html})"/>
    public static Html When<T>(T? value, Func<T, Html> make)
        where T : struct => value is null ? None : make(value.Value);

    /// <summary>Text of the program's own that is no interpolated string, such as a style sheet.</summary>
    public static Html Own(string text) => new(text);

    public override string ToString() => text;

    [InterpolatedStringHandler]
    internal readonly struct Content(int literalLength, int formattedCount)
    {
        private readonly StringBuilder text = new(literalLength + (16 * formattedCount));

        public void AppendLiteral(string literal) => text.Append(literal);

        public void AppendFormatted(Html? html) => text.Append(html?.text);

        public void AppendFormatted(IEnumerable<Html> pieces)
        {
            foreach (var piece in pieces)
                text.Append(piece.text);
        }

        public void AppendFormatted(string? plain)
        {
            foreach (var character in plain ?? "")
                Append(character);
        }

        public void AppendFormatted(int number) => text.Append(number.ToString(CultureInfo.InvariantCulture));

        public void AppendFormatted(long number) => text.Append(number.ToString(CultureInfo.InvariantCulture));

        /// <summary>A coordinate: two decimals are as fine as anybody sees.</summary>
        public void AppendFormatted(double number) => text.Append(number.ToString("0.##", CultureInfo.InvariantCulture));

        public string Done() => text.ToString();

        private void Append(char character)
        {
            switch (character)
            {
                case '<':
                    text.Append("&lt;");
                    break;
                case '>':
                    text.Append("&gt;");
                    break;
                case '&':
                    text.Append("&amp;");
                    break;
                case '"':
                    text.Append("&quot;");
                    break;
                case '\'':
                    text.Append("&#39;");
                    break;
                default:
                    text.Append(IsPlain(character) ? character : '\uFFFD');
                    break;
            }
        }

        // Control characters are not text, and those that turn the direction of writing could show one name as another.
        private static bool IsPlain(char character) => character switch
        {
            '\n' or '\t' => true,
            >= '\u200E' and <= '\u200F' or >= '\u202A' and <= '\u202E' or >= '\u2066' and <= '\u2069' or '\u061C' => false,
            _ => !char.IsControl(character),
        };
    }
}
