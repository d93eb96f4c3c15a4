using System.Text;
using System.Text.Json.Nodes;
using MatrixEdge.Protocol;

namespace MatrixEdge.Exporting;

/// <summary>
/// A module worker. What is not Matrix's goes to the origin as the very request that came: a request made anew loses its
/// query, follows redirects, or names another client.
/// </summary>
internal static class CloudflareWorker
{
    public static ExportedFile Write(ExportedAnswers answers)
    {
        var answersByPath = new StringBuilder();
        foreach (var (path, answer) in answers.Documents.Concat(answers.Absent))
            answersByPath.Append("  ").Append(Json(path)).Append(": ").Append(Answer(answers, answer)).Append(",\n");

        return new ExportedFile("worker.js",
            $$"""
            // Written by `matrixedge export well-known --for cloudflare-worker`, for the routes of {{answers.Host}}.
            // The documents are constants: export them anew when `matrixedge check` shows others.
            const root = {{Json(ExportedAnswers.Root)}};
            const common = {{Json(Object(answers.CommonHeaders))}};
            const answers = {
            {{answersByPath}}};
            const unknown = {{Answer(answers, answers.Unknown)}};
            const wrongMethod = {{Answer(answers, answers.WrongMethod)}};
            const preflight = {{Answer(answers, answers.Preflight)}};

            function choose(method, path) {
              if (method === "OPTIONS")
                return preflight;
              const answer = answers[path] ?? unknown;
              return answer.status === 200 && method !== "GET" && method !== "HEAD" ? wrongMethod : answer;
            }

            export default {
              async fetch(request) {
                const path = new URL(request.url).pathname;
                if (!path.startsWith(root))
                  return fetch(request, { redirect: "manual" }); // unchanged, and redirects are the client's to follow

                const { status, headers, body } = choose(request.method, path);
                return new Response(request.method === "HEAD" || status === 204 ? null : body, { status, headers });
              },
            };

            """);
    }

    private static string Answer(ExportedAnswers answers, RecordedAnswer answer) =>
        $"{{ status: {answer.Status}, headers: {{ ...common, {Json(Object(answers.OwnHeaders(answer)))[1..^1]} }}, body: {Json(answer.Body)} }}";

    private static JsonObject Object(IEnumerable<(string Name, string Value)> headers) =>
        new(headers.Select(header => KeyValuePair.Create(header.Name.ToLowerInvariant(), (JsonNode?)header.Value)));

    // JSON is JavaScript (ECMAScript 2019 and later).
    private static string Json(JsonNode node) => Encoding.UTF8.GetString(JsonText.ToBytes(node));
}
