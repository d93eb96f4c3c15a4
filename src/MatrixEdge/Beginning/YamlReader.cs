using System.Buffers;
using System.Globalization;
using System.Text.RegularExpressions;
using MatrixEdge.Protocol;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace MatrixEdge.Beginning;

/// <summary>
/// Reads YAML into <see cref="FileNode"/>s with their lines, plain words as the homeservers' own readers understand them (YAML
/// 1.1: <c>yes</c> is true). An alias is the value itself and not a copy, so that no file grows by being read.
/// </summary>
internal sealed partial class YamlReader
{
    private const int DeepestNesting = 64;

    // What is merged is looked at again each time: a file could ask for that without end.
    private const int MostMerged = 100_000;

    private readonly IParser _parser;
    private readonly string _file;
    private readonly Dictionary<string, FileNode> _anchors = new(StringComparer.Ordinal);
    private int _merged;

    private YamlReader(IParser parser, string file)
    {
        _parser = parser;
        _file = file;
    }

    /// <summary>The table that the file holds; empty where it holds nothing.</summary>
    /// <param name="text">The whole file, decoded.</param>
    /// <param name="file">Its name for messages.</param>
    /// <exception cref="UnreadableFileException">It is not YAML, or not a table; line, column and reason are told.</exception>
    public static FileNode Read(string text, string file)
    {
        var parser = new Parser(new Scanner(new StringReader(text)));
        try
        {
            return new YamlReader(parser, file).ReadAll();
        }
        catch (YamlException exception)
        {
            throw new UnreadableFileException(file, (int)exception.Start.Line, (int)exception.Start.Column, $"this is not valid YAML{Reason(exception)}");
        }
        catch (Exception exception) when (exception is not UnreadableFileException)
        {
            // The library stumbles over some texts in other ways; where it got to is known.
            var end = parser.Current?.End ?? Mark.Empty;
            throw new UnreadableFileException(file, (int)end.Line, (int)end.Column, "this is not valid YAML from here on");
        }
    }

    private FileNode ReadAll()
    {
        _parser.Consume<StreamStart>();
        if (_parser.TryConsume<StreamEnd>(out _))
            return FileNode.Table(new FilePlace(_file, 1));

        _parser.Consume<DocumentStart>();
        var root = ReadNode(DeepestNesting, null);
        _parser.Consume<DocumentEnd>();
        if (!_parser.Accept<StreamEnd>(out _))
            throw Wrong(_parser.Current!, "a second document begins here; one is expected");

        return root.Kind switch
        {
            FileNodeKind.Table => root,
            FileNodeKind.Nothing => FileNode.Table(root.Place),
            _ => throw new UnreadableFileException(root.Place, "keys with values are expected, as in a homeserver's configuration"),
        };
    }

    // Where a member's place is given, it is that of its key.
    private FileNode ReadNode(int depth, FilePlace? keyPlace)
    {
        var node = _parser.Consume<ParsingEvent>();
        if (depth == 0)
            throw Wrong(node, "this is nested too deeply");

        var place = keyPlace ?? Place(node);
        switch (node)
        {
            case AnchorAlias alias:
                return _anchors.TryGetValue(alias.Value.Value, out var meant)
                    ? meant.At(place)
                    : throw Wrong(node, "this alias (*) stands for nothing above it");
            case Scalar scalar:
                return Keep(scalar, ReadScalar(scalar, place));
            case SequenceStart sequence:
                var list = FileNode.List(place);
                while (!_parser.TryConsume<SequenceEnd>(out _))
                    list.Items.Add(ReadNode(depth - 1, null));
                return Keep(sequence, list);
            case MappingStart mapping:
                return Keep(mapping, ReadTable(depth, place));
            default:
                throw Wrong(node, "a value is expected");
        }
    }

    private FileNode ReadTable(int depth, FilePlace place)
    {
        var table = FileNode.Table(place);
        var merged = new List<FileNode>();
        while (!_parser.TryConsume<MappingEnd>(out _))
        {
            if (!_parser.TryConsume<Scalar>(out var key))
                throw Wrong(_parser.Current!, "a key is expected to be a plain word");

            var keyPlace = Place(key);
            if (key is { Value: "<<", Style: ScalarStyle.Plain })
            {
                var other = ReadNode(depth - 1, keyPlace);
                merged.AddRange(other.Kind == FileNodeKind.List ? other.Items : [other]);
                continue;
            }

            if (table.Find(key.Value) is { } existing)
                throw Wrong(key, $"{JsonText.Quote(key.Value)} stands there twice (line {existing.Place.Line}, too)");
            table.Members.Add(key.Value, ReadNode(depth - 1, keyPlace));
        }

        // What is written in the table itself comes before what is merged into it, and what is merged first before the rest.
        foreach (var other in merged)
        {
            if (other.Kind != FileNodeKind.Table)
                throw new UnreadableFileException(other.Place, "\"<<\" takes a table, or a list of tables");
            if ((_merged += 1 + other.Members.Count) > MostMerged)
                throw new UnreadableFileException(other.Place, "far too much is merged here");
            foreach (var (name, member) in other.Members)
                table.Members.TryAdd(name, member);
        }

        return table;
    }

    private static FileNode ReadScalar(Scalar scalar, FilePlace place)
    {
        var text = scalar.Value;
        if (scalar.Style != ScalarStyle.Plain || !scalar.Tag.IsEmpty)
            return FileNode.Scalar(FileNodeKind.Text, text, place);

        if (text is "" or "~" or "null" or "Null" or "NULL")
            return FileNode.Scalar(FileNodeKind.Nothing, "", place);
        if (Yes().IsMatch(text))
            return FileNode.Scalar(FileNodeKind.Flag, "true", place);
        if (No().IsMatch(text))
            return FileNode.Scalar(FileNodeKind.Flag, "false", place);
        if (Integer().IsMatch(text))
            return FileNode.Scalar(FileNodeKind.Integer, text.Replace("_", "", StringComparison.Ordinal).TrimStart('+'), place);
        if (Number().IsMatch(text))
            return FileNode.Scalar(FileNodeKind.Number, text.Replace("_", "", StringComparison.Ordinal), place);
        return FileNode.Scalar(FileNodeKind.Text, text, place);
    }

    private FileNode Keep(NodeEvent node, FileNode value)
    {
        if (!node.Anchor.IsEmpty)
            _anchors[node.Anchor.Value] = value;
        return value;
    }

    private FilePlace Place(ParsingEvent node) => new(_file, (int)node.Start.Line);

    private UnreadableFileException Wrong(ParsingEvent node, string problem) => new(_file, (int)node.Start.Line, (int)node.Start.Column, problem);

    private static readonly SearchValues<char> Quoting = SearchValues.Create("'\"`\r\n:");

    // The parser's own words, unless they quote what stands in the file: that may be a secret.
    private static string Reason(YamlException exception)
    {
        var message = exception.Message;
        return message.Length is 0 or > 120 || message.AsSpan().ContainsAny(Quoting)
            ? ""
            : string.Create(CultureInfo.InvariantCulture, $": {char.ToLowerInvariant(message[0])}{message[1..].TrimEnd('.')}");
    }

    [GeneratedRegex(@"\A(?:yes|Yes|YES|true|True|TRUE|on|On|ON)\z", RegexOptions.CultureInvariant)]
    private static partial Regex Yes();

    [GeneratedRegex(@"\A(?:no|No|NO|false|False|FALSE|off|Off|OFF)\z", RegexOptions.CultureInvariant)]
    private static partial Regex No();

    [GeneratedRegex(@"\A[+-]?(?:0|[1-9][0-9_]*)\z", RegexOptions.CultureInvariant)]
    private static partial Regex Integer();

    [GeneratedRegex(@"\A[+-]?[0-9][0-9_]*(?:\.[0-9_]*(?:[eE][+-]?[0-9]+)?|[eE][+-]?[0-9]+)\z", RegexOptions.CultureInvariant)]
    private static partial Regex Number();
}
