using System.Text.Json;

namespace MatrixEdge.Acme;

/// <summary>Reads problem documents (RFC 9457 §3, RFC 8555 §6.7) leniently: they only explain, and what is wrong in them is left out.</summary>
internal static class ProblemReading
{
    private const int MostSubproblems = 200;

    /// <summary>The problem in the body of a failure, whatever its media type; null when it is not one.</summary>
    public static AcmeProblem? Find(byte[] body)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            return document.RootElement is { ValueKind: JsonValueKind.Object } problem && LooksLikeOne(problem) ? Read(problem) : null;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>A problem inside another document; null when it is none.</summary>
    public static AcmeProblem? Read(JsonElement problem)
    {
        if (problem.ValueKind != JsonValueKind.Object)
            return null;

        return new AcmeProblem(
            Text(problem, "type"),
            Text(problem, "detail"),
            problem.TryGetProperty("status", out var status) && status.ValueKind == JsonValueKind.Number && status.TryGetInt32(out var number) ? number : null)
        {
            Title = Text(problem, "title"),
            Instance = Uri.TryCreate(Text(problem, "instance"), UriKind.Absolute, out var page) && page.Scheme is "https" or "http" ? page : null,
            Identifier = problem.TryGetProperty("identifier", out var identifier) && identifier.ValueKind == JsonValueKind.Object
                && Text(identifier, "type") is { } type && Text(identifier, "value") is { } value
                ? new AcmeIdentifier(type, value)
                : null,
            Subproblems = problem.TryGetProperty("subproblems", out var list) && list.ValueKind == JsonValueKind.Array
                ? [.. list.EnumerateArray().Take(MostSubproblems).Select(Read).OfType<AcmeProblem>()]
                : [],
        };
    }

    private static bool LooksLikeOne(JsonElement problem) => Text(problem, "type") is not null || Text(problem, "detail") is not null || Text(problem, "title") is not null;

    private static string? Text(JsonElement element, string name)
    {
        try
        {
            return element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? Words.Clean(value.GetString()!, Words.Detail) : null;
        }
        catch (InvalidOperationException)
        {
            // Half of a surrogate pair, or bytes that are not UTF-8.
            return null;
        }
    }
}
