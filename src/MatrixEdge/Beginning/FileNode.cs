using System.Globalization;
using System.Text.Json.Nodes;

namespace MatrixEdge.Beginning;

/// <summary>One value of a homeserver's configuration file, YAML or TOML, with the place where it stands.</summary>
internal sealed class FileNode
{
    // A document that grows beyond this by aliases was made to do so.
    private const int LargestDocument = 10_000;

    private FileNode(FileNodeKind kind, string text, FilePlace place, OrderedDictionary<string, FileNode> members, List<FileNode> items)
    {
        Kind = kind;
        Text = text;
        Place = place;
        Members = members;
        Items = items;
    }

    public FileNodeKind Kind { get; }

    /// <summary>A scalar as text: an integer in decimal digits, a number as .NET reads it, a flag as <c>true</c> or <c>false</c>.</summary>
    public string Text { get; }

    /// <summary>Where it stands; of a member, where its key does.</summary>
    public FilePlace Place { get; }

    /// <summary>Of a table, in the order of the file.</summary>
    public OrderedDictionary<string, FileNode> Members { get; }

    /// <summary>Of a list.</summary>
    public List<FileNode> Items { get; }

    public static FileNode Table(FilePlace place) => new(FileNodeKind.Table, "", place, [], []);

    public static FileNode List(FilePlace place) => new(FileNodeKind.List, "", place, [], []);

    public static FileNode Scalar(FileNodeKind kind, string text, FilePlace place) => new(kind, text, place, [], []);

    /// <summary>The same value at another place: what a YAML alias stands for.</summary>
    public FileNode At(FilePlace place) => new(Kind, Text, place, Members, Items);

    /// <summary>Null where there is none, or this is no table.</summary>
    public FileNode? Find(string name) => Members.TryGetValue(name, out var member) ? member : null;

    /// <summary>As JSON.</summary>
    /// <exception cref="UnreadableFileException">JSON cannot say it, or it is far too large.</exception>
    public JsonNode? ToJson()
    {
        var left = LargestDocument;
        return ToJson(ref left);
    }

    private JsonNode? ToJson(ref int left)
    {
        if (--left < 0)
            throw new UnreadableFileException(Place, "this is too large");

        switch (Kind)
        {
            case FileNodeKind.Table:
                var table = new JsonObject();
                foreach (var (name, member) in Members)
                    table[name] = member.ToJson(ref left);
                return table;
            case FileNodeKind.List:
                var list = new JsonArray();
                foreach (var item in Items)
                    list.Add(item.ToJson(ref left));
                return list;
            case FileNodeKind.Nothing:
                return null;
            case FileNodeKind.Flag:
                return Text == "true";
            case FileNodeKind.Integer:
                return long.TryParse(Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var integer)
                    ? integer
                    : throw new UnreadableFileException(Place, "this number is too large");
            case FileNodeKind.Number:
                return double.TryParse(Text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number)
                    ? number
                    : throw new UnreadableFileException(Place, "this number cannot be written as JSON");
            default:
                return Text;
        }
    }
}
