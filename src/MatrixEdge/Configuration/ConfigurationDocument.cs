using System.Collections;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace MatrixEdge.Configuration;

/// <summary>
/// What the operator wrote: the JSON of the configuration file with the environment's overrides laid over it.
/// Types are kept (a string stays a string), since the well-known documents are JSON within the JSON.
/// </summary>
/// <param name="Path">The file, absolute; null when there is none.</param>
/// <param name="Root">The whole document; keys are found whatever their case, as everywhere in .NET configuration.</param>
/// <param name="IsLocalMode">True when nothing was written and the built-in document for trying out stands in.</param>
internal sealed record ConfigurationDocument(string? Path, JsonObject Root, bool IsLocalMode)
{
    public const string SectionName = "MatrixEdge";

    private const string EnvironmentPrefix = SectionName + "__";

    /// <summary>The folder that relative paths in the file start from.</summary>
    public string Folder => Path is null ? Environment.CurrentDirectory : System.IO.Path.GetDirectoryName(Path)!;

    /// <summary>
    /// Finds the file: <c>--config</c>, <c>$MATRIXEDGE_CONFIG</c>, <c>./appsettings.json</c>,
    /// <c>/etc/matrixedge/appsettings.json</c>. Null when there is none; naming one that is not there is a problem.
    /// </summary>
    public static string? Find(string? option, ConfigurationEnvironment environment, Problems problems)
    {
        var named = option ?? environment.Variables.GetValueOrDefault("MATRIXEDGE_CONFIG");
        if (string.IsNullOrEmpty(named))
        {
            return environment.SearchedFiles
                .Select(candidate => System.IO.Path.GetFullPath(candidate, environment.WorkingDirectory))
                .FirstOrDefault(File.Exists);
        }

        var path = System.IO.Path.GetFullPath(named, environment.WorkingDirectory);
        if (!File.Exists(path))
        {
            problems.Add(
                option is null ? "MATRIXEDGE_CONFIG" : "--config",
                $"\"{named}\"",
                Directory.Exists(path) ? "that is a directory; name the file in it, for example appsettings.json" : "there is no such file");
        }

        return path;
    }

    /// <summary>
    /// Reads the file, if there is one, and lays the environment over it. Null with problems told when that cannot be done.
    /// </summary>
    public static ConfigurationDocument? Read(string? path, ConfigurationEnvironment environment, Problems problems)
    {
        var overrides = environment.Variables.Keys
            .Where(name => name.StartsWith(EnvironmentPrefix, StringComparison.OrdinalIgnoreCase))
            .OrderBy(name => string.Join("__", name.Split("__").Select(step => step.PadLeft(9, '0'))), StringComparer.Ordinal)
            .ToList();

        JsonObject? root;
        var local = false;
        if (path is not null)
        {
            root = ReadFile(path, problems);
        }
        else
        {
            // Without a file, variables that name a site are a configuration of their own; others adjust local mode.
            local = !overrides.Any(name => name.EndsWith("__ServerName", StringComparison.OrdinalIgnoreCase));
            root = local ? LocalMode.Document() : Parse("{}");
        }

        if (root is null)
            return null;

        foreach (var name in overrides)
            Override(root, name, environment.Variables[name], problems);

        return problems.Any ? null : new ConfigurationDocument(path, root, local);
    }

    /// <summary>Parses JSON as the file may be written: with comments and trailing commas, each key once.</summary>
    public static JsonObject Parse(string json)
    {
        using var document = JsonDocument.Parse(json, new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
        var root = document.RootElement;
        if (root.ValueKind != JsonValueKind.Object)
            throw new JsonException("the file must hold one JSON object, { \"MatrixEdge\": { … } }");
        if (FindRepeated(root, "") is { } repeated)
            throw new JsonException($"the key {repeated} stands there twice");
        return JsonObject.Create(root.Clone(), new JsonNodeOptions { PropertyNameCaseInsensitive = true })!;
    }

    private static string? FindRepeated(JsonElement element, string path)
    {
        var seen = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                foreach (var property in element.EnumerateObject())
                {
                    var key = path.Length == 0 ? property.Name : $"{path}:{property.Name}";
                    if (!seen.Add(property.Name))
                        return key;
                    if (FindRepeated(property.Value, key) is { } below)
                        return below;
                }

                return null;
            case JsonValueKind.Array:
                return element.EnumerateArray().Select((item, index) => FindRepeated(item, $"{path}:{index}")).FirstOrDefault(found => found is not null);
            default:
                return null;
        }
    }

    private static JsonObject? ReadFile(string path, Problems problems)
    {
        try
        {
            return Parse(File.ReadAllText(path));
        }
        catch (JsonException exception)
        {
            var place = exception.LineNumber is { } line
                ? string.Create(CultureInfo.InvariantCulture, $"{path}, line {line + 1}, column {(exception.BytePositionInLine ?? 0) + 1}")
                : path;
            problems.Add(place, null, $"this is not valid JSON: {InPlainWords(exception)}");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            problems.Add(path, null, $"the file cannot be read: {exception.Message}");
        }

        return null;
    }

    // System.Text.Json appends "LineNumber: 3 | BytePositionInLine: 4."; the place is already said in front.
    private static string InPlainWords(JsonException exception)
    {
        var message = exception.Message;
        foreach (var mark in (ReadOnlySpan<string>)[" LineNumber:", " Path: "])
        {
            var at = message.IndexOf(mark, StringComparison.Ordinal);
            if (at >= 0)
                message = message[..at];
        }

        return message.TrimEnd('.', ' ');
    }

    private static void Override(JsonObject root, string name, string value, Problems problems)
    {
        var steps = name.Split("__");
        JsonNode node = root;
        for (var i = 0; i < steps.Length; i++)
        {
            var last = i == steps.Length - 1;
            var nextIsIndex = !last && int.TryParse(steps[i + 1], NumberStyles.None, CultureInfo.InvariantCulture, out _);
            JsonNode? Fresh() => last ? JsonValue.Create(value) : nextIsIndex ? new JsonArray() : Parse("{}");

            switch (node)
            {
                case JsonObject parent:
                    if (last || parent[steps[i]] is not (JsonObject or JsonArray))
                        parent[steps[i]] = Fresh();
                    node = parent[steps[i]]!;
                    break;
                case JsonArray list when int.TryParse(steps[i], NumberStyles.None, CultureInfo.InvariantCulture, out var index) && index <= list.Count:
                    if (index == list.Count)
                        list.Add(Fresh());
                    else if (last || list[index] is not (JsonObject or JsonArray))
                        list[index] = Fresh();
                    node = list[index]!;
                    break;
                default:
                    problems.Add($"environment variable {name}", null, $"\"{steps[i]}\" must be the number of an existing entry or of the next one");
                    return;
            }
        }
    }
}

/// <summary>What surrounds the program and can be set by tests: variables, the working directory, where a file is looked for.</summary>
internal sealed record ConfigurationEnvironment(
    IReadOnlyDictionary<string, string> Variables,
    string WorkingDirectory,
    IReadOnlyList<string> SearchedFiles)
{
    public static ConfigurationEnvironment OfProcess()
    {
        var variables = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (DictionaryEntry entry in Environment.GetEnvironmentVariables())
            variables.Add((string)entry.Key, (string?)entry.Value ?? "");
        return new ConfigurationEnvironment(variables, Environment.CurrentDirectory, ["appsettings.json", "/etc/matrixedge/appsettings.json"]);
    }
}
