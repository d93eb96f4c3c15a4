using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace MatrixEdge.Protocol;

/// <summary>How the gateway writes JSON: UTF-8 and readable, without escapes that JSON does not ask for.</summary>
internal static class JsonText
{
    private const int LongestQuotation = 120;

    private static readonly JsonSerializerOptions Compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static readonly JsonSerializerOptions Indented = new(Compact) { WriteIndented = true, NewLine = "\n" };

    /// <summary>A document as a person likes to find it in the browser: indented, with a line break at the end.</summary>
    public static byte[] ToDocument(JsonNode node) => Encoding.UTF8.GetBytes(node.ToJsonString(Indented) + "\n");

    /// <summary>A short document for programs.</summary>
    public static byte[] ToBytes(JsonNode node) => Encoding.UTF8.GetBytes(node.ToJsonString(Compact));

    /// <summary>Lays one object over another: objects are merged in depth, anything else replaces what was there.</summary>
    public static void Merge(JsonObject target, JsonObject? additions)
    {
        foreach (var (name, value) in additions ?? [])
        {
            if (value is JsonObject inner && target[name] is JsonObject outer)
                Merge(outer, inner);
            else
                target[name] = value?.DeepClone();
        }
    }

    /// <summary>A value as it is quoted in messages: on one line, and cut where it would fill the screen.</summary>
    public static string Quote(JsonNode? node)
    {
        var text = node?.ToJsonString(Compact) ?? "null";
        return text.Length <= LongestQuotation ? text : string.Concat(text.AsSpan(0, LongestQuotation), "…");
    }
}
