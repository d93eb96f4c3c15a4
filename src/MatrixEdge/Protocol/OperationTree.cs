using System.Diagnostics.CodeAnalysis;

namespace MatrixEdge.Protocol;

/// <summary>
/// Operations as a tree of path segments. Built once, then only read, by any number of threads.
/// </summary>
/// <remarks>
/// A look-up costs at most what the tree holds, whatever the path: it descends no deeper than the longest template, tries at
/// most two children of a node (the literal, then the parameter), and never hashes a segment longer than any literal.
/// </remarks>
internal sealed class OperationTree
{
    private readonly Node root = new();
    private readonly List<Operation> all = [];
    private int longestLiteral;

    private OperationTree()
    {
    }

    /// <summary>Every operation that <see cref="Find"/> can answer, each once.</summary>
    public IReadOnlyCollection<Operation> All => all;

    /// <summary>Reads lines <c>METHOD PATH [PATIENCE|LIMIT]</c>; <c>operations.txt</c> tells their meaning.</summary>
    /// <exception cref="FormatException">A line is malformed or says again what another said. Names the line.</exception>
    public static OperationTree Parse(string text)
    {
        var tree = new OperationTree();
        var written = new List<Line>();
        using var reader = new StringReader(text);
        for (var number = 1; reader.ReadLine() is { } line; number++)
        {
            if (line.Length == 0 || line[0] == '#')
                continue;
            if (Read(line) is not { } read || !tree.Add(read))
                throw new FormatException($"operations.txt, line {number}, is \"{line}\": expected METHOD PATH [PATIENCE|LIMIT], once.");
            written.Add(read);
        }

        // What is written goes before what follows from it, wherever in the list it stands.
        foreach (var line in written)
        {
            foreach (var (current, earlier) in EarlierNames)
            {
                if (!line.Path.StartsWith(current, StringComparison.Ordinal))
                    continue;
                foreach (var prefix in earlier)
                    tree.Add(line with { Path = prefix + line.Path[current.Length..], CountedAs = line.CountedAs });
            }
        }

        if (tree.root.Areas is null)
            throw new FormatException("operations.txt has no line \"ANY *\": there must be a name for every request.");
        return tree;
    }

    /// <inheritdoc cref="Operations.Find"/>
    public Operation Find(string method, ReadOnlySpan<char> path)
    {
        var column = Column(method);
        return Named(root, path, column) ?? Area(path, column);
    }

    /// <summary>A literal segment wins over a parameter; where it leads nowhere, the parameter has its turn.</summary>
    private Operation? Named(Node node, ReadOnlySpan<char> rest, int method)
    {
        if (rest.IsEmpty)
            return node.Operations?[method];
        if (node.IsLeaf || !TakeSegment(ref rest, out var segment))
            return null;
        if (TryLiteral(node, segment, out var literal) && Named(literal, rest, method) is { } found)
            return found;
        return node.Parameter is { } parameter ? Named(parameter, rest, method) : null;
    }

    private Operation Area(ReadOnlySpan<char> rest, int method)
    {
        var areas = root.Areas!;
        for (var node = root; TakeSegment(ref rest, out var segment) && TryLiteral(node, segment, out node);)
            areas = node.Areas ?? areas;
        return areas[method];
    }

    private bool TryLiteral(Node node, ReadOnlySpan<char> segment, [NotNullWhen(true)] out Node? literal)
    {
        literal = null;
        return segment.Length <= longestLiteral && node.TryLiteral(segment, out literal);
    }

    private static bool TakeSegment(ref ReadOnlySpan<char> rest, out ReadOnlySpan<char> segment)
    {
        segment = default;
        // The target may also be "*" or an absolute URI (RFC 9112 §3.2).
        if (rest.IsEmpty || rest[0] != '/')
            return false;
        var tail = rest[1..];
        var end = tail.IndexOf('/');
        segment = end < 0 ? tail : tail[..end];
        rest = end < 0 ? default : tail[end..];
        return true;
    }

    // Read, and what it calls, runs once at start: plain loops there, because compiling vectorised searches takes longer
    // than reading the whole list.
    private static Line? Read(string line)
    {
        var afterMethod = line.IndexOf(' ');
        if (afterMethod < 0)
            return null;
        var word = line[..afterMethod];
        var path = line[(afterMethod + 1)..];
        var patience = Patience.Ordinary;
        var limit = LimitGroup.None;
        if (path.IndexOf(' ') is > 0 and var afterPath)
        {
            if (!TryPatience(path[(afterPath + 1)..], out patience) && !TryLimit(path[(afterPath + 1)..], out limit))
                return null;
            path = path[..afterPath];
        }

        var isArea = path is "*" || path.EndsWith("/*", StringComparison.Ordinal);
        if (!IsPath(isArea ? PrefixOf(path) : path, allowParameters: !isArea) || isArea != word is "ANY")
            return null;
        var method = isArea ? Any : Column(word);
        return method is Head or Other ? null : new Line(method, path, patience, limit, $"{word} {path}");
    }

    private static ReadOnlySpan<char> PrefixOf(ReadOnlySpan<char> area) => area is "*" ? default : area[..^2];

    private static bool IsPath(ReadOnlySpan<char> path, bool allowParameters)
    {
        if (path.IsEmpty)
            return !allowParameters;
        while (TakeSegment(ref path, out var segment))
        {
            // Only the last segment of a path may be empty: /pushrules/.
            if (segment.IsEmpty && (!path.IsEmpty || !allowParameters))
                return false;
            var isParameter = allowParameters && segment is ['{', _, .., '}'];
            foreach (var character in isParameter ? segment[1..^1] : segment)
            {
                // RFC 3986 §2.3: what never needs an escape, so that a template never holds one.
                var isOther = char.IsAsciiDigit(character) || character is '-' or '.' or '_' or '~';
                if (!char.IsAsciiLetter(character) && (isParameter || !isOther))
                    return false;
            }
        }

        return path.IsEmpty;
    }

    private static bool TryPatience(string word, out Patience patience)
    {
        patience = word switch
        {
            nameof(Patience.LongPoll) => Patience.LongPoll,
            nameof(Patience.SlowRoom) => Patience.SlowRoom,
            nameof(Patience.Media) => Patience.Media,
            _ => Patience.Ordinary,
        };
        return patience != Patience.Ordinary;
    }

    private static bool TryLimit(string word, out LimitGroup limit)
    {
        limit = word switch
        {
            nameof(LimitGroup.Login) => LimitGroup.Login,
            nameof(LimitGroup.Register) => LimitGroup.Register,
            nameof(LimitGroup.PasswordReset) => LimitGroup.PasswordReset,
            nameof(LimitGroup.KeyClaims) => LimitGroup.KeyClaims,
            nameof(LimitGroup.ThirdPartyIds) => LimitGroup.ThirdPartyIds,
            _ => LimitGroup.None,
        };
        return limit != LimitGroup.None;
    }

    /// <summary>False when the operation is there already.</summary>
    private bool Add(Line line)
    {
        var (method, path, _, _, _) = line;
        var node = root;
        ReadOnlySpan<char> rest = method is Any ? PrefixOf(path) : path;
        while (TakeSegment(ref rest, out var segment))
        {
            if (segment is ['{', ..])
            {
                node = node.Parameter ??= new Node();
                continue;
            }

            longestLiteral = Math.Max(longestLiteral, segment.Length);
            node = node.LiteralOrNew(segment);
        }

        if (method is Any)
        {
            if (node.Areas is not null)
                return false;
            node.Areas = Array.ConvertAll(Methods, name => New(name, line));
            return true;
        }

        var operations = node.Operations ??= new Operation?[Methods.Length];
        if (operations[method] is not null)
            return false;
        operations[method] = New(Methods[method], line);
        if (method is Get)
            operations[Head] = New(Methods[Head], line);
        return true;
    }

    private Operation New(string method, Line line)
    {
        var operation = new Operation($"{method} {line.Path}", line.Patience, line.Limit) { CountedAs = line.CountedAs };
        all.Add(operation);
        return operation;
    }

    private static int Column(string method) => method switch
    {
        "GET" => Get,
        "HEAD" => Head,
        "POST" => 2,
        "PUT" => 3,
        "DELETE" => 4,
        "PATCH" => 5,
        "OPTIONS" => 6,
        _ => Other,
    };

    private const int Any = int.MaxValue;
    private const int Get = 0;
    private const int Head = 1;
    private const int Other = 7;

    /// <summary>By column. OTHER stands for all methods that no Matrix operation has, so that they cannot multiply.</summary>
    private static readonly string[] Methods = ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "OTHER"];

    /// <summary>
    /// Before v1.1 of the specification the client-server API was at r0, earlier at api/v1, the media API at r0 and v1; Synapse answers
    /// there to this day, and below unstable besides (synapse/rest/client/_base.py).
    /// </summary>
    private static readonly (string Current, string[] Earlier)[] EarlierNames =
    [
        ("/_matrix/client/v3/", ["/_matrix/client/r0/", "/_matrix/client/api/v1/", "/_matrix/client/unstable/"]),
        ("/_matrix/media/v3/", ["/_matrix/media/r0/", "/_matrix/media/v1/"]),
    ];

    private sealed record Line(int Method, string Path, Patience Patience, LimitGroup Limit, string CountedAs);

    private sealed class Node
    {
        private Dictionary<string, Node>? literals;
        private Dictionary<string, Node>.AlternateLookup<ReadOnlySpan<char>> bySpan;

        /// <summary>By column: the operations whose template ends here.</summary>
        public Operation?[]? Operations { get; set; }

        /// <summary>By column: the names for whatever is here or below and has none of its own.</summary>
        public Operation[]? Areas { get; set; }

        public Node? Parameter { get; set; }

        public bool IsLeaf => literals is null && Parameter is null;

        public bool TryLiteral(ReadOnlySpan<char> segment, [NotNullWhen(true)] out Node? literal)
        {
            literal = null;
            return literals is not null && bySpan.TryGetValue(segment, out literal);
        }

        public Node LiteralOrNew(ReadOnlySpan<char> segment)
        {
            if (literals is null)
            {
                literals = new Dictionary<string, Node>(StringComparer.Ordinal);
                bySpan = literals.GetAlternateLookup<ReadOnlySpan<char>>();
            }

            if (!bySpan.TryGetValue(segment, out var literal))
                literals.Add(segment.ToString(), literal = new Node());
            return literal;
        }
    }
}
