using System.Text;

namespace MatrixEdge.Exporting;

/// <summary>
/// Locations for the <c>server</c> of the apex in nginx. Each names all of its headers: those of the server are not inherited
/// where a location has one, and without <c>always</c> errors have none.
/// </summary>
internal static class NginxSnippet
{
    // nginx reads its configuration through a buffer of 4096 bytes, into which a whole word must fit.
    private const int LongestWord = 4000;

    public static ExportedFile Write(ExportedAnswers answers)
    {
        var text = new StringBuilder(
            $$"""
            # Written by `matrixedge export well-known --for nginx`, for the server of {{answers.Host}} on port 443:
            #
            #   server {
            #       server_name {{answers.Host}};
            #       include /etc/nginx/matrix-well-known.conf;
            #       …
            #   }
            #
            # The documents are constants: export them anew when `matrixedge check` shows others.

            """);
        foreach (var (path, answer) in answers.Documents.Concat(answers.Absent))
            Location(text, $"= {path}", answer, answers);
        Location(text, $"^~ {ExportedAnswers.Root}", answers.Unknown, answers);
        return new ExportedFile("matrix-well-known.conf", text.ToString());
    }

    private static void Location(StringBuilder text, string place, RecordedAnswer answer, ExportedAnswers answers)
    {
        text.Append($"location {place} {{\n    types {{ }}\n    default_type application/json;\n");
        text.Append("    if ($request_method = OPTIONS) {\n");
        Return(text, "        ", answers.Preflight);
        text.Append("    }\n");
        if (answer.Status == StatusCodes.Status200OK)
        {
            text.Append("    if ($request_method !~ ^(GET|HEAD)$) {\n");
            Return(text, "        ", answers.WrongMethod);
            text.Append("    }\n");
        }

        Return(text, "    ", answer);
        text.Append("}\n");
    }

    private static void Return(StringBuilder text, string indent, RecordedAnswer answer)
    {
        // The type is that of the location.
        foreach (var (name, value) in answer.Headers.Where(header => !header.Name.Equals("Content-Type", StringComparison.OrdinalIgnoreCase)))
            text.Append(indent).Append("add_header ").Append(name).Append(" \"").Append(value).Append("\" always;\n");
        text.Append(indent).Append("return ").Append(answer.Status).Append(answer.Body.Length == 0 ? "" : " " + Quote(answer.Body)).Append(";\n");
    }

    private static string Quote(string body)
    {
        if (body.Contains('$', StringComparison.Ordinal))
            throw new ExportException("a document holds a dollar sign, which nginx would take for a variable; use --for files, and let nginx serve those");

        var quoted = $"'{body.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("'", "\\'", StringComparison.Ordinal)}'";
        return Encoding.UTF8.GetByteCount(quoted) <= LongestWord
            ? quoted
            : throw new ExportException("a document is too long for nginx's configuration; use --for files, and let nginx serve those");
    }
}
