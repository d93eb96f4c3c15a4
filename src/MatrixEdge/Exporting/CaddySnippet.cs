using System.Text;
using System.Text.RegularExpressions;

namespace MatrixEdge.Exporting;

/// <summary>Lines for the site of the apex in a Caddyfile.</summary>
internal static partial class CaddySnippet
{
    public static ExportedFile Write(ExportedAnswers answers)
    {
        var text = new StringBuilder(
            $$"""
            # Written by `matrixedge export well-known --for caddy`, for the site of {{answers.Host}}:
            #
            #   {{answers.Host}} {
            #       import matrix-well-known.caddy
            #       handle {
            #           … the website; what stands outside of a handle, such as redir, comes first and for all paths …
            #       }
            #   }
            #
            # The documents are constants: export them anew when `matrixedge check` shows others.
            handle {{ExportedAnswers.Root}}* {
            	route {

            """);

        Headers(text, "", answers.CommonHeaders);
        text.Append("\t\t@preflight method OPTIONS\n");
        Headers(text, "@preflight ", answers.OwnHeaders(answers.Preflight));
        text.Append("\t\trespond @preflight 204\n");
        var number = 0;
        foreach (var (path, answer) in answers.Documents.Concat(answers.Absent))
        {
            number++;
            if (answer.Status == StatusCodes.Status200OK)
            {
                text.Append($"\n\t\t@writes{number} {{\n\t\t\tpath {path}\n\t\t\tnot method GET HEAD\n\t\t}}\n");
                Respond(text, $"@writes{number} ", answers, answers.WrongMethod);
            }

            text.Append($"\n\t\t@document{number} path {path}\n");
            Respond(text, $"@document{number} ", answers, answer);
        }

        text.Append('\n');
        Respond(text, "", answers, answers.Unknown);
        text.Append("\t}\n}\n");
        return new ExportedFile("matrix-well-known.caddy", text.ToString());
    }

    private static void Respond(StringBuilder text, string matcher, ExportedAnswers answers, RecordedAnswer answer)
    {
        if (answer.Body.Contains('`', StringComparison.Ordinal) || Placeholder().IsMatch(answer.Body))
            throw new ExportException("a document holds a backtick or a word in braces, which Caddy would take for its own; use --for files, and let Caddy serve those");

        Headers(text, matcher, answers.OwnHeaders(answer));
        text.Append($"\t\trespond {matcher}`{answer.Body}` {answer.Status}\n");
    }

    private static void Headers(StringBuilder text, string matcher, IEnumerable<(string Name, string Value)> headers)
    {
        foreach (var (name, value) in headers)
            text.Append($"\t\theader {matcher}{name} \"{value}\"\n");
    }

    // What Caddy replaces: {$VARIABLE}, {host}, {http.request.uri}, …
    [GeneratedRegex(@"\{[$\w]", RegexOptions.CultureInvariant)]
    private static partial Regex Placeholder();
}
