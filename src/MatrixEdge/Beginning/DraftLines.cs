using System.Text;
using System.Text.Json.Nodes;
using MatrixEdge.Protocol;

namespace MatrixEdge.Beginning;

/// <summary>Lines of one section of the new configuration file.</summary>
internal sealed class DraftLines(StringBuilder text, int indent)
{
    /// <summary>A line of comment, and another that says where the value comes from, if it was read.</summary>
    public void Comment(string comment, string? origin = null)
    {
        Line($"// {comment}");
        if (origin is not null)
            Line($"// From {string.Concat(origin.Select(c => char.IsControl(c) || c is '\u2028' or '\u2029' ? ' ' : c))}.");
    }

    /// <summary>A key with its value; with slashes in front where it is not <paramref name="isOn"/>.</summary>
    public void Write(string name, JsonNode? value, bool isOn = true)
    {
        var json = value is null ? "null" : Encoding.UTF8.GetString(value is JsonObject or JsonArray ? JsonText.ToDocument(value) : JsonText.ToBytes(value)).TrimEnd('\n');
        foreach (var line in $"{Quote(name)}: {json},".Split('\n'))
            Line(isOn ? line : line.Insert(line.Length - line.TrimStart().Length, "//"));
    }

    public void Open(string name) => Line($"{Quote(name)}: {{");

    public void Close() => Line("},");

    /// <summary>Lines within the section that was opened last.</summary>
    public DraftLines Deeper() => new(text, indent + 2);

    private void Line(string line) => text.Append(' ', indent).Append(line).Append('\n');

    private static string Quote(string name) => Encoding.UTF8.GetString(JsonText.ToBytes(JsonValue.Create(name)));
}
