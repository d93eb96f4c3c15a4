using System.Text;
using MatrixEdge.Delegation;

namespace MatrixEdge.Exporting;

/// <summary>What the gateway itself answers below <c>/.well-known/matrix/</c>: what is exported cannot differ from it.</summary>
/// <param name="Headers">Without <c>Content-Length</c> and <c>ETag</c>, which whoever serves the export makes himself.</param>
internal sealed record RecordedAnswer(int Status, IReadOnlyList<(string Name, string Value)> Headers, string Body)
{
    private static readonly string[] OfTheServer = ["Content-Length", "ETag"];

    /// <param name="path">The whole path, from <c>/.well-known/matrix/</c> on.</param>
    public static RecordedAnswer Of(string method, string path, WellKnownDocuments documents)
    {
        using var body = new MemoryStream();
        var context = new DefaultHttpContext { Request = { Method = method }, Response = { Body = body } };
        var answered = WellKnownEndpoint.AnswerAsync(context, path, documents);
        if (!answered.IsCompletedSuccessfully)
            throw new InvalidOperationException($"The answer to {method} {path} was not made at once.");

        return new RecordedAnswer(
            context.Response.StatusCode,
            [.. context.Response.Headers.Where(header => !OfTheServer.Contains(header.Key, StringComparer.OrdinalIgnoreCase)).Select(header => (header.Key, header.Value.ToString()))],
            Encoding.UTF8.GetString(body.ToArray()));
    }
}
