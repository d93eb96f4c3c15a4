using System.Collections.Immutable;
using System.Text.Json;

namespace MatrixEdge.Delegation;

/// <summary>What another server makes of an answer to <c>/_matrix/key/v2/server</c> (Matrix server-server §Publishing Keys).</summary>
/// <param name="ServerName">Whose keys these are, as it says; null when it does not.</param>
/// <param name="ValidUntil">Until when it may be believed; null when it does not say.</param>
/// <param name="Keys">The keys that are in use: identifier and the key's bytes (null when they cannot be read).</param>
/// <param name="Signatures">What the server itself signed with: identifier and signature; null like those of keys.</param>
/// <param name="Whole">The document as it was sent.</param>
/// <param name="Words">What makes it useless, without a final dot; null when nothing does.</param>
internal sealed record KeyDocument(
    string? ServerName,
    DateTimeOffset? ValidUntil,
    ImmutableArray<(string Id, byte[]? Bytes)> Keys,
    ImmutableArray<(string Id, byte[]? Bytes)> Signatures,
    JsonElement Whole,
    DocumentFault Fault,
    string? Words)
{
    private const int Most = 20;

    public static KeyDocument Read(int status, ReadOnlySpan<byte> body)
    {
        if (status != 200)
            return Refuse(status == 404 ? DocumentFault.NotFound : DocumentFault.Status, $"the answer has the status {status}");
        if (JsonAnswer.FindFault(body, out var document) is { } fault)
            return Refuse(fault.Fault, fault.Words);

        var serverName = document.TryGetProperty("server_name", out var name) && name.ValueKind == JsonValueKind.String ? name.GetString() : null;
        if (serverName is null)
            return Refuse(DocumentFault.Missing, "it does not say whose keys these are (server_name)");
        DateTimeOffset? validUntil = document.TryGetProperty("valid_until_ts", out var until) && until.ValueKind == JsonValueKind.Number && until.TryGetInt64(out var milliseconds)
            ? DateTimeOffset.FromUnixTimeMilliseconds(Math.Clamp(milliseconds, 0, DateTimeOffset.MaxValue.ToUnixTimeMilliseconds())) : null;

        var keys = Members(document, "verify_keys")
            .Select(member => (member.Name, member.Value.ValueKind == JsonValueKind.Object && member.Value.TryGetProperty("key", out var key) ? Decode(key) : null));
        var signatures = document.TryGetProperty("signatures", out var all) && all.ValueKind == JsonValueKind.Object
            ? Members(all, serverName).Select(member => (member.Name, Decode(member.Value)))
            : [];
        return new KeyDocument(serverName, validUntil, [.. keys], [.. signatures], document, DocumentFault.None, null);
    }

    private static IEnumerable<JsonProperty> Members(JsonElement parent, string name) =>
        parent.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Object ? value.EnumerateObject().Take(Most) : [];

    // Matrix appendices §Unpadded Base64.
    private static byte[]? Decode(JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.String || value.GetString() is not { Length: < 1024 } text)
            return null;

        var bytes = new byte[text.Length];
        return Convert.TryFromBase64String(text.TrimEnd('=').PadRight((text.TrimEnd('=').Length + 3) / 4 * 4, '='), bytes, out var length) ? bytes[..length] : null;
    }

    private static KeyDocument Refuse(DocumentFault fault, string words) => new(null, null, [], [], default, fault, words);
}
