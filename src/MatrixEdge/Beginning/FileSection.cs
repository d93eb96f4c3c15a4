using System.Globalization;

namespace MatrixEdge.Beginning;

/// <summary>One table of a homeserver's configuration; what has the wrong type is told, with its line.</summary>
/// <param name="node">Null where the table is not there, or is none (told).</param>
/// <param name="path">Its name with a dot behind, empty for the whole.</param>
internal sealed class FileSection(FileNode? node, string path, Findings findings)
{
    public bool IsThere => node is not null;

    /// <summary>What stands there, if it is more than nothing.</summary>
    public FileNode? Raw(string name) => node?.Find(name) is { Kind: not FileNodeKind.Nothing } found ? found : null;

    /// <summary>How a key and its place are told: <c>global.server_name (conduwuit.toml, line 3)</c>.</summary>
    public string Origin(string name) => $"{path}{name} ({node!.Find(name)!.Place})";

    /// <summary>A key's full name.</summary>
    public string Name(string name) => path + name;

    public FileSection Section(string name)
    {
        var raw = Raw(name);
        if (raw is not null && raw.Kind != FileNodeKind.Table)
            Report(raw, name, "must be a table of keys and values");
        return new FileSection(raw?.Kind == FileNodeKind.Table ? raw : null, $"{path}{name}.", findings);
    }

    /// <summary>A text that is not empty.</summary>
    public Known<string>? Text(string name)
    {
        if (Raw(name) is not { } raw)
            return null;

        if (raw.Kind == FileNodeKind.Text)
            return raw.Text.Length == 0 ? null : new Known<string>(raw.Text, Origin(name));

        Report(raw, name, "must be a text");
        return null;
    }

    public Known<bool>? Flag(string name)
    {
        if (Raw(name) is not { } raw)
            return null;

        if (raw.Kind == FileNodeKind.Flag)
            return new Known<bool>(raw.Text == "true", Origin(name));

        Report(raw, name, "must be true or false");
        return null;
    }

    /// <summary>A port from 1 to 65535; of a list, the first.</summary>
    public Known<int>? Port(string name)
    {
        if (List(name) is not [var raw, ..])
            return null;

        if (raw.Kind == FileNodeKind.Integer && int.TryParse(raw.Text, NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port is > 0 and <= ushort.MaxValue)
            return new Known<int>(port, Origin(name));

        Report(raw, name, "must be a port, a number from 1 to 65535");
        return null;
    }

    /// <summary>The items of a list; a single value counts as a list of one.</summary>
    public IReadOnlyList<FileNode> List(string name) => Raw(name) switch
    {
        null => [],
        { Kind: FileNodeKind.List } list => list.Items,
        var single => [single],
    };

    /// <summary>The texts of a list that are not empty; a single one counts as a list of one.</summary>
    public IReadOnlyList<string> Texts(string name)
    {
        var texts = new List<string>();
        foreach (var item in List(name))
        {
            if (item.Kind == FileNodeKind.Text && item.Text.Length > 0)
                texts.Add(item.Text);
            else if (item.Kind != FileNodeKind.Text)
                Report(item, name, "must be a text, or a list of texts");
        }

        return texts;
    }

    /// <summary>The tables of a list, each as a section of its own.</summary>
    public IEnumerable<(FileSection Section, FilePlace Place)> Sections(string name)
    {
        foreach (var item in List(name))
        {
            if (item.Kind == FileNodeKind.Table)
                yield return (new FileSection(item, $"{path}{name}[].", findings), item.Place);
            else
                Report(item, name, "must be a list of tables");
        }
    }

    private void Report(FileNode raw, string name, string remedy) => findings.Problems.Add($"{raw.Place}: {path}{name} {remedy}");
}
