using System.Collections.Immutable;
using System.Text.Json.Nodes;

namespace MatrixEdge.Configuration;

/// <summary>A program of the operator's as a configuration names it: its path, or a list of its path and its first arguments.</summary>
internal static class HookCommand
{
    /// <summary>The program, absolute, and its arguments; default when the key is absent or wrong (told).</summary>
    /// <param name="folder">Where a relative path starts.</param>
    /// <param name="example">A path for the message.</param>
    public static ImmutableArray<string> Parse(SettingsSection section, string key, string folder, string example)
    {
        if (section.Raw(key) is null)
            return default;

        var words = section.Raw(key) is JsonArray
            ? section.List(key).Select(item => item.Value is JsonValue value && value.TryGetValue<string>(out var text) ? text : null).ToList()
            : [section.Text(key)];
        if (section.Raw(key) is not JsonArray && words[0] is null)
            return default; // Told: it is no string.

        if (words.Count == 0 || words.Any(word => word is null || word.Contains('\0', StringComparison.Ordinal)) || string.IsNullOrEmpty(words[0]))
        {
            section.Report(key, $"must be the path of a program, or a list of strings that begins with it, for example [\"{example}\", \"example.org\"]");
            return default;
        }

        var program = Path.GetFullPath(words[0]!, folder);
        if (FindObstacle(program, words) is { } obstacle)
            section.Report(key, obstacle);

        return [program, .. words.Skip(1).Select(word => word!)];
    }

    private static string? FindObstacle(string program, List<string?> words)
    {
        if (Directory.Exists(program))
            return $"{program} is a directory; name the program in it";

        if (!File.Exists(program))
        {
            return words is [var line] && line!.Contains(' ', StringComparison.Ordinal)
                ? $"there is no program {program}; arguments stand beside it in a list, [\"{string.Join("\", \"", line.Split(' ', StringSplitOptions.RemoveEmptyEntries))}\"]"
                : $"there is no program {program}";
        }

        const UnixFileMode Executable = UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;
        return !OperatingSystem.IsWindows() && (File.GetUnixFileMode(program) & Executable) == 0 ? $"{program} is not executable; run: chmod +x {program}" : null;
    }
}
