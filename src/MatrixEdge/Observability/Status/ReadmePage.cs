using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace MatrixEdge.Observability.Status;

/// <summary>
/// README of this version as a page of the admin listener, so that what the status page refers to is at hand without the Internet, and
/// is about this version. Knows as much of Markdown as README uses.
/// </summary>
internal static partial class ReadmePage
{
    private static readonly Lazy<string> Page = new(() => StatusPage.Frame(
        "README – MatrixEdge", null, VersionText.Short, Html.Of($"<li><a href=\"/\">Status</a></li>"), Html.Of($"<div class=\"readme\">{Render(Read())}</div>")));

    /// <summary>The whole page.</summary>
    public static string Text => Page.Value;

    /// <summary>README's own text.</summary>
    public static string Read()
    {
        using var stream = typeof(ReadmePage).Assembly.GetManifestResourceStream("MatrixEdge.README.md")
            ?? throw new InvalidOperationException("The resource README.md is missing from the assembly.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }

    /// <summary>Whatever can be referred to behind a <c>#</c>: chapters by their titles, and places with an anchor of their own.</summary>
    public static ImmutableHashSet<string> Anchors(string markdown) => [.. Identifier().Matches(Render(markdown).ToString()).Select(match => match.Groups[1].Value)];

    public static Html Render(string markdown)
    {
        var pieces = new List<Html>();
        var anchors = new Dictionary<string, int>();
        var lines = markdown.ReplaceLineEndings("\n").Split('\n');
        for (var at = 0; at < lines.Length;)
        {
            var line = lines[at];
            if (line.Length == 0)
            {
                at++;
            }
            else if (line.StartsWith("```", StringComparison.Ordinal))
            {
                var code = lines.Skip(at + 1).TakeWhile(text => !text.StartsWith("```", StringComparison.Ordinal)).ToArray();
                pieces.Add(Html.Of($"<pre tabindex=\"0\">{string.Join('\n', code)}</pre>\n"));
                at += code.Length + 2;
            }
            else if (Heading().Match(line) is { Success: true } heading)
            {
                pieces.Add(OfHeading(heading.Groups[1].Length, heading.Groups[2].Value, Anchor(heading.Groups[2].Value, anchors)));
                at++;
            }
            else if (line.StartsWith('|'))
            {
                var rows = lines.Skip(at).TakeWhile(text => text.StartsWith('|')).ToArray();
                pieces.Add(OfTable(rows));
                at += rows.Length;
            }
            else if (Item().Match(line) is { Success: true } first)
            {
                var rest = lines.Skip(at).TakeWhile((text, index) => text.Length > 0 && (index == 0 || text[0] == ' ' || Item().IsMatch(text))).ToArray();
                pieces.Add(OfList(rest, isNumbered: char.IsAsciiDigit(first.Groups[1].Value[0])));
                at += rest.Length;
            }
            else
            {
                var text = lines.Skip(at).TakeWhile((one, index) => index == 0 || !IsOther(one)).ToArray();
                pieces.Add(Html.Of($"<p>{Inline(string.Join('\n', text))}</p>\n"));
                at += text.Length;
            }
        }

        return Html.Of($"{pieces}");
    }

    private static Html OfHeading(int level, string text, string anchor) => level switch
    {
        1 => Html.Of($"<h1 id=\"{anchor}\">{Inline(text)}</h1>\n"),
        2 => Html.Of($"<h2 id=\"{anchor}\">{Inline(text)}</h2>\n"),
        _ => Html.Of($"<h3 id=\"{anchor}\">{Inline(text)}</h3>\n"),
    };

    private static Html OfTable(string[] rows)
    {
        static IEnumerable<string> Cells(string row) => Bar().Split(row.Trim().Trim('|')).Select(cell => cell.Trim().Replace("\\|", "|", StringComparison.Ordinal));
        return Html.Of($"""
            <div class="scroll" tabindex="0" role="region" aria-label="Table: {string.Join(", ", Cells(rows[0])).Replace("`", "", StringComparison.Ordinal)}"><table>
            <thead><tr>{Cells(rows[0]).Select(cell => Html.Of($"<th scope=\"col\">{Inline(cell)}</th>"))}</tr></thead>
            <tbody>{rows.Skip(2).Select(row => Html.Of($"<tr>{Cells(row).Select(cell => Html.Of($"<td>{Inline(cell)}</td>"))}</tr>\n"))}</tbody>
            </table></div>

            """);
    }

    private static Html OfList(string[] lines, bool isNumbered)
    {
        var items = new List<StringBuilder>();
        foreach (var line in lines)
        {
            if (Item().Match(line) is { Success: true } item)
                items.Add(new StringBuilder(item.Groups[2].Value));
            else
                items[^1].Append('\n').Append(line.Trim());
        }

        var list = items.Select(item => Html.Of($"<li>{Inline(item.ToString())}</li>\n"));
        return isNumbered ? Html.Of($"<ol>{list}</ol>\n") : Html.Of($"<ul>{list}</ul>\n");
    }

    // Code, bold, and links to chapters and the web; links to other files of the repository lead nowhere from here, and pictures are not shown.
    private static Html Inline(string text)
    {
        var pieces = new List<Html>();
        var at = 0;
        foreach (Match match in Marked().Matches(text))
        {
            pieces.Add(Html.Of($"{text[at..match.Index]}"));
            at = match.Index + match.Length;
            if (match.Groups["anchor"] is { Success: true } anchor)
                pieces.Add(Html.Of($"<a id=\"{anchor.Value}\"></a>"));
            else if (match.Groups["code"] is { Success: true } code)
                pieces.Add(Html.Of($"<code>{code.Value}</code>"));
            else if (match.Groups["bold"] is { Success: true } bold)
                pieces.Add(Html.Of($"<strong>{Inline(bold.Value)}</strong>"));
            else if (match.Groups["words"] is { Success: true } words)
                pieces.Add(Link(match.Groups["to"].Value, Inline(words.Value)));
        }

        return Html.Of($"{pieces}{text[at..]}");
    }

    private static Html Link(string to, Html words) => to.StartsWith('#') || to.StartsWith("https://", StringComparison.Ordinal) ? Html.Of($"<a href=\"{to}\">{words}</a>") : words;

    // Whether a line ends the paragraph before it.
    private static bool IsOther(string line) =>
        line.Length == 0 || line[0] == '|' || line.StartsWith("```", StringComparison.Ordinal) || Heading().IsMatch(line) || Item().IsMatch(line);

    // As code forges make them: lower case, spaces to hyphens, punctuation left out; a number for one that was there before.
    private static string Anchor(string heading, Dictionary<string, int> taken)
    {
        var anchor = string.Concat(heading.ToLowerInvariant().Where(character => char.IsLetterOrDigit(character) || character is ' ' or '-' or '_')).Replace(' ', '-');
        var times = taken[anchor] = taken.GetValueOrDefault(anchor, -1) + 1;
        return times == 0 ? anchor : string.Create(CultureInfo.InvariantCulture, $"{anchor}-{times}");
    }

    [GeneratedRegex("^(#{1,6}) (.+)$")]
    private static partial Regex Heading();

    [GeneratedRegex("<(?:h[123]|a) id=\"([^\"]+)\">")]
    private static partial Regex Identifier();

    [GeneratedRegex(@"^(-|\d+\.) +(.*)$")]
    private static partial Regex Item();

    [GeneratedRegex(@"(?<!\\)\|")]
    private static partial Regex Bar();

    [GeneratedRegex(@"<a (?:id|name)=""(?<anchor>[\w-]+)""></a>|`(?<code>[^`]+)`|\*\*(?<bold>[^*]+)\*\*|!\[[^\]]*\]\([^)]*\)|\[(?<words>[^\]]+)\]\((?<to>[^)\s]+)\)")]
    private static partial Regex Marked();
}
