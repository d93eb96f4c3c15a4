using System.Text.Json;
using MatrixEdge.Delegation;
using MatrixEdge.Doctor.Looking;

namespace MatrixEdge.Doctor.Checks;

/// <summary>Reads answers that are errors of Matrix.</summary>
internal static class MatrixErrors
{
    /// <summary>The <c>errcode</c>; null when there is none.</summary>
    public static string? Read(HttpLook look) =>
        JsonAnswer.FindFault(look.Body.Span, out var document) is null && document.TryGetProperty("errcode", out var code) && code.ValueKind == JsonValueKind.String
            ? JsonAnswer.Shorten(code.GetString()!) : null;
}
