using System.Text.Json;
using MatrixEdge.Protocol;

namespace MatrixEdge.Observability;

/// <summary>What an operator sends to the admin listener.</summary>
internal static class AdminRequest
{
    /// <summary>The body; null when it is not understood, which is answered.</summary>
    /// <param name="example">What a good one looks like.</param>
    public static async Task<T?> ReadAsync<T>(HttpContext context, string example)
        where T : class, new()
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        if (body.Length == 0)
            return new T();

        try
        {
            return JsonRecord.Read<T>(body.GetBuffer().AsSpan(0, (int)body.Length), AdminAnswer.Json) ?? new T();
        }
        catch (JsonException exception)
        {
            await AdminAnswer.RefuseAsync(context, StatusCodes.Status400BadRequest, $"The body cannot be understood{(exception.Path is { Length: > 1 } path ? $" at {path[2..]}" : "")}; nothing was done. Write it like {example}, or leave it out");
            return null;
        }
    }
}
