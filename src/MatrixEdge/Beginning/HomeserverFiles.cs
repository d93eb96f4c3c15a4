using System.Text;
using System.Text.RegularExpressions;
using MatrixEdge.Configuration;

namespace MatrixEdge.Beginning;

/// <summary>Finds, reads and recognizes the homeserver's configuration that <c>--from</c> names.</summary>
internal static partial class HomeserverFiles
{
    // Ten times what the homeservers' own samples with all their comments need.
    private const int LargestFile = 4 << 20;

    /// <summary>What the files say; problems are told in <paramref name="findings"/>.</summary>
    /// <param name="paths">Files and directories; of what stands twice, the last counts, as with the homeservers themselves.</param>
    public static Draft Read(IReadOnlyList<string> paths, Findings findings)
    {
        var files = new List<(string Path, FileNode Root, bool IsToml)>();
        foreach (var path in paths.SelectMany(path => Expand(path, findings)))
        {
            try
            {
                var text = ReadText(path);
                var isToml = LooksLikeToml(text);
                files.Add((path, isToml ? TomlReader.Read(text, path) : YamlReader.Read(text, path), isToml));
            }
            catch (UnreadableFileException exception)
            {
                findings.Problems.Add(exception.Message);
            }
        }

        if (findings.Problems.Count > 0)
            return new Draft();

        var names = files.Select(file => file.Path).ToList();
        var all = string.Join(", ", names);
        if (files.Any(file => file.IsToml != files[0].IsToml))
        {
            findings.Problems.Add($"{all}: these belong to different homeservers; name the files of one");
            return new Draft();
        }

        var root = files.Select(file => file.Root).Aggregate((first, next) => Merge(first, next, isDeep: files[0].IsToml));
        var section = new FileSection(root, "", findings);
        try
        {
            // Of these, Dendrite alone has its server name below "global" in YAML.
            if (files[0].IsToml && root.Find("global") is not null)
                return ConduitConfiguration.Read(section, names, findings) with { Files = names };
            if (!files[0].IsToml && root.Find("global") is { } global && (global.Find("server_name") ?? root.Find("client_api") ?? root.Find("version")) is not null)
                return DendriteConfiguration.Read(section, findings) with { Files = names };
            if (!files[0].IsToml && (root.Find("server_name") ?? root.Find("listeners")) is not null)
                return SynapseConfiguration.Read(section, findings) with { Files = names };
        }
        catch (UnreadableFileException exception)
        {
            findings.Problems.Add(exception.Message);
            return new Draft();
        }

        findings.Problems.Add(files[0].IsToml
            ? $"{all}: there is no [global] here, so this is no configuration of Conduit, conduwuit, Continuwuity or Tuwunel"
            : $"{all}: there is neither server_name (Synapse) nor global.server_name (Dendrite) here; name the homeserver's own configuration, all of its files");
        return new Draft();
    }

    // A directory stands for its files by name, as Synapse reads it.
    private static List<string> Expand(string path, Findings findings)
    {
        if (!Directory.Exists(path))
            return [path];

        try
        {
            var files = Directory.GetFiles(path).Order(StringComparer.Ordinal).ToList();
            foreach (var ending in (ReadOnlySpan<string>)[".yaml", ".toml"])
            {
                var found = files.Where(file => file.EndsWith(ending, StringComparison.Ordinal)).ToList();
                if (found.Count > 0)
                    return found;
            }

            findings.Problems.Add($"{path}: there is no file in this directory that ends in .yaml or .toml");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            findings.Problems.Add($"{path}: the directory cannot be read: {exception.Message}");
        }

        return [];
    }

    private static string ReadText(string path)
    {
        try
        {
            using var file = File.OpenRead(path); // once: a pipe cannot be opened twice
            using var content = new MemoryStream();
            var buffer = new byte[64 << 10];
            for (int read; (read = file.Read(buffer)) > 0;)
            {
                content.Write(buffer, 0, read);
                if (content.Length > LargestFile)
                    throw new UnreadableFileException($"{path}: this is larger than {LargestFile >> 20} MiB, and no homeserver's configuration");
            }

            var text = new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(content.GetBuffer(), 0, (int)content.Length);
            if (text.Contains('\0', StringComparison.Ordinal))
                throw new UnreadableFileException($"{path}: this is not text");
            return text.TrimStart('\ufeff');
        }
        catch (DecoderFallbackException)
        {
            throw new UnreadableFileException($"{path}: this is not text in UTF-8");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new UnreadableFileException(ReadableFile.FindObstacle(path) ?? $"{path}: {exception.Message}");
        }
    }

    // The first line that is more than a comment: a header, or a key with "=".
    private static bool LooksLikeToml(string text) =>
        FirstLine().Match(text) is { Success: true } first && TomlLine().IsMatch(first.Value);

    private static FileNode Merge(FileNode first, FileNode next, bool isDeep)
    {
        var merged = FileNode.Table(first.Place);
        foreach (var (name, member) in first.Members)
            merged.Members[name] = member;
        foreach (var (name, member) in next.Members)
        {
            merged.Members[name] = isDeep && member.Kind == FileNodeKind.Table && first.Find(name) is { Kind: FileNodeKind.Table } before
                ? Merge(before, member, isDeep)
                : member;
        }

        return merged;
    }

    [GeneratedRegex(@"^[ \t]*(?![#\s])[^\r\n]+", RegexOptions.Multiline | RegexOptions.CultureInvariant)]
    private static partial Regex FirstLine();

    [GeneratedRegex(@"\A[ \t]*(?:\[|[\w.""'-][\w.""' \t-]*=)", RegexOptions.CultureInvariant)]
    private static partial Regex TomlLine();
}
