using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using MatrixEdge.Protocol;

namespace MatrixEdge.Configuration;

/// <summary>
/// One object of the configuration file being understood. Every key that is asked for is known; what is left over at the
/// end is a problem, with the nearest known key suggested. Values from environment variables are strings, so numbers and
/// truth values are taken from strings, too.
/// </summary>
internal sealed class SettingsSection
{
    private readonly JsonObject? node;
    private readonly HashSet<string> known = new(StringComparer.OrdinalIgnoreCase);

    public SettingsSection(JsonNode? node, string path, Problems problems)
    {
        Path = path;
        Problems = problems;
        this.node = node as JsonObject;
        IsAbsent = node is null;
        IsMalformed = node is not null && this.node is null;
        if (IsMalformed)
            problems.Add(path, Show(node), "must be an object, { … }");
    }

    public string Path { get; }

    public Problems Problems { get; }

    /// <summary>True when nothing was written.</summary>
    public bool IsAbsent { get; }

    /// <summary>True when something else stands where an object should: told already, and nothing below it needs to be.</summary>
    public bool IsMalformed { get; }

    /// <summary>The whole section as JSON on one line.</summary>
    public string Text() => node?.ToJsonString() ?? "{}";

    public string Key(string name) => $"{Path}:{name}";

    public JsonNode? Raw(string name)
    {
        known.Add(name);
        return node?[name];
    }

    public void Report(string name, string remedy) => Problems.Add(Key(name), Raw(name) is { } value ? Show(value) : null, remedy);

    public SettingsSection Section(string name) => new(Raw(name), Key(name), Problems);

    /// <summary>The elements of a list, each with its key; a single value is not taken for a list.</summary>
    public IEnumerable<(string Key, JsonNode? Value)> List(string name)
    {
        switch (Raw(name))
        {
            case null:
                return [];
            case JsonArray list:
                return list.Select((value, index) => (string.Create(CultureInfo.InvariantCulture, $"{Key(name)}:{index}"), value));
            default:
                Report(name, "must be a list, [ … ]");
                return [];
        }
    }

    /// <summary>A string; null when absent or not a string (told).</summary>
    public string? Text(string name)
    {
        switch (Raw(name))
        {
            case null:
                return null;
            case JsonValue value when value.TryGetValue<string>(out var text):
                return text;
            case JsonValue value when value.GetValueKind() == JsonValueKind.Number:
                return value.ToJsonString();
            default:
                Report(name, "must be a string in quotation marks");
                return null;
        }
    }

    public bool Flag(string name, bool absent)
    {
        switch (Raw(name))
        {
            case null:
                return absent;
            case JsonValue value when value.TryGetValue<bool>(out var flag):
                return flag;
            case JsonValue value when value.TryGetValue<string>(out var text) && bool.TryParse(text, out var flag):
                return flag;
            default:
                Report(name, "must be true or false");
                return absent;
        }
    }

    public int Number(string name, int absent, int least, int most)
    {
        var text = Text(name);
        if (text is null)
            return absent;

        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most)
            return number;

        Report(name, $"must be a whole number from {least} to {most}");
        return absent;
    }

    /// <summary>A length of time as .NET writes it, <c>hh:mm:ss</c> or <c>d.hh:mm:ss</c>; null when absent or wrong (told).</summary>
    public TimeSpan? Duration(string name)
    {
        var text = Text(name);
        if (text is null)
            return null;

        // A bare "30" would be thirty days to TimeSpan: whoever writes it means something else.
        if (text.Contains(':', StringComparison.Ordinal) && TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out var duration))
            return duration;

        Report(name, "must be a length of time, written \"hh:mm:ss\" or \"d.hh:mm:ss\"");
        return null;
    }

    /// <summary>One of an enumeration's names; null when it is none of them (told).</summary>
    public T? Choice<T>(string name, T absent)
        where T : struct, Enum
    {
        var text = Text(name);
        if (text is null)
            return absent;

        // Not Enum.TryParse: it would take "3" and "Files, Local".
        foreach (var choice in Enum.GetValues<T>())
        {
            if (string.Equals(choice.ToString(), text, StringComparison.OrdinalIgnoreCase))
                return choice;
        }

        var names = Enum.GetNames<T>();
        var nearest = Spelling.Nearest(text, names);
        Report(name, (nearest is null ? "" : $"did you mean \"{nearest}\"? ") + $"It must be one of {string.Join(", ", names)}");
        return null;
    }

    /// <summary>An absolute path; a relative one starts at the configuration file's folder.</summary>
    public string? FilePath(string name, string folder)
    {
        var text = Text(name);
        if (text?.Contains('\0', StringComparison.Ordinal) == true)
        {
            Report(name, "no path holds a NUL character");
            return null;
        }

        return string.IsNullOrEmpty(text) ? null : System.IO.Path.GetFullPath(text, folder);
    }

    /// <summary>To be called when all known keys were asked for.</summary>
    /// <param name="showValues">False where a misspelled key may hold a secret.</param>
    public void RejectUnknownKeys(bool showValues = true)
    {
        if (node is null)
            return;

        foreach (var (name, value) in node)
        {
            if (known.Contains(name))
                continue;

            var nearest = Spelling.Nearest(name, known);
            Problems.Add(
                Key(name),
                value is JsonObject or JsonArray || !showValues ? null : Show(value),
                nearest is null
                    ? $"this key is not known here; known are {string.Join(", ", known.Order(StringComparer.Ordinal))}"
                    : $"this key is not known; did you mean \"{nearest}\"?");
        }
    }

    /// <summary>A value as it stands in the file, shortened if it is long.</summary>
    public static string Show(JsonNode? value) => JsonText.Quote(value);
}
