using System.Text;

namespace MatrixEdge.Exporting;

/// <summary>The documents as files, for hosts that can do nothing else.</summary>
internal static class StaticFiles
{
    public static IReadOnlyList<ExportedFile> Write(ExportedAnswers answers)
    {
        var headers = new StringBuilder($"{ExportedAnswers.Root}*\n");
        foreach (var (name, value) in answers.Documents[0].Answer.Headers)
            headers.Append("  ").Append(name).Append(": ").Append(value).Append('\n');

        return
        [
            .. answers.Documents.Select(document => new ExportedFile(document.Path.TrimStart('/'), document.Answer.Body)),
            new ExportedFile("_headers", headers.ToString()),
            new ExportedFile("README.txt",
                $"""
                Put the folder .well-known, which is hidden in many listings, at the root of the website of {answers.Host}, and _headers beside it.
                Netlify and Cloudflare Pages read _headers; elsewhere, have the documents sent with what is written there: type and CORS matter.
                Then try: curl -i https://{answers.Host}/.well-known/matrix/client (200, application/json, access-control-allow-origin: *).

                """),
        ];
    }
}
