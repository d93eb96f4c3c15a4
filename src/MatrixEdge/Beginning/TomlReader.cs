using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using MatrixEdge.Protocol;

namespace MatrixEdge.Beginning;

/// <summary>
/// Reads TOML 1.0 (toml.io/en/v1.0.0) into <see cref="FileNode"/>s with their lines. Dates and times are checked in form and
/// kept as text.
/// </summary>
internal sealed partial class TomlReader
{
    // Nobody writes this by hand, and the stack has an end.
    private const int DeepestNesting = 64;

    private static readonly SearchValues<char> BareKey = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-");

    // What ends a value that is neither a string, an array nor a table.
    private static readonly SearchValues<char> AfterValue = SearchValues.Create(" \t\r\n,]}#=");

    private readonly string _text;
    private readonly string _file;
    private readonly FileNode _root;
    private readonly Dictionary<FileNode, Definition> _definitions = new(ReferenceEqualityComparer.Instance);

    // Lists that grow by [[headers]]; the others are complete where they are written.
    private readonly HashSet<FileNode> _tableLists = new(ReferenceEqualityComparer.Instance);

    private int _at;
    private int _line = 1;
    private int _lineStart;
    private int _header;
    private int _headers;

    private TomlReader(string text, string file)
    {
        _text = text;
        _file = file;
        _root = FileNode.Table(new FilePlace(file, 1));
    }

    /// <param name="text">The whole file, decoded.</param>
    /// <param name="file">Its name for messages.</param>
    /// <exception cref="UnreadableFileException">It is not TOML; line, column and reason are told.</exception>
    public static FileNode Read(string text, string file)
    {
        var reader = new TomlReader(text, file);
        reader.ReadAll();
        return reader._root;
    }

    private FilePlace Here => new(_file, _line);

    private char Current => _at < _text.Length ? _text[_at] : '\0';

    private bool IsAtEnd => _at >= _text.Length;

    private void ReadAll()
    {
        var table = _root;
        while (true)
        {
            SkipBlanks();
            if (IsAtEnd)
                return;

            if (Current == '[')
                table = ReadHeader();
            else if (Current is not ('\r' or '\n' or '#'))
                ReadPair(table, DeepestNesting);
            EndLine();
        }
    }

    private FileNode ReadHeader()
    {
        var start = Mark();
        _at++;
        var isList = Current == '[';
        if (isList)
            _at++;
        var path = ReadKey();
        if (Current != ']')
            throw Wrong("\"]\" is missing after the name of the table");
        _at++;
        if (isList)
        {
            if (Current != ']')
                throw Wrong("\"]]\" is missing after the name of the table");
            _at++;
        }

        _header = ++_headers;
        var parent = _root;
        foreach (var name in path[..^1])
            parent = Step(parent, name, start);

        var last = path[^1];
        var existing = parent.Find(last);
        if (isList)
        {
            if (existing is null)
            {
                existing = FileNode.List(start.Place);
                parent.Members.Add(last, existing);
                _tableLists.Add(existing);
            }
            else if (!_tableLists.Contains(existing))
            {
                throw Wrong(start, $"{JsonText.Quote(last)} stands there already (line {existing.Place.Line}), and is no list of tables");
            }

            var element = FileNode.Table(start.Place);
            _definitions[element] = new Definition(How.Header, _header);
            existing.Items.Add(element);
            return element;
        }

        if (existing is null)
        {
            existing = FileNode.Table(start.Place);
            parent.Members.Add(last, existing);
        }
        else if (!_definitions.TryGetValue(existing, out var definition) || definition.How != How.Implied)
        {
            throw Wrong(start, $"{JsonText.Quote(last)} stands there already (line {existing.Place.Line})");
        }

        _definitions[existing] = new Definition(How.Header, _header);
        return existing;
    }

    // One step of a header's path towards its table.
    private FileNode Step(FileNode parent, string name, Marked start)
    {
        var next = parent.Find(name);
        if (next is null)
        {
            next = FileNode.Table(start.Place);
            parent.Members.Add(name, next);
            _definitions[next] = new Definition(How.Implied, _header);
        }

        if (_tableLists.Contains(next))
            return next.Items[^1];
        return _definitions.TryGetValue(next, out var definition) && definition.How != How.Complete
            ? next
            : throw Wrong(start, $"{JsonText.Quote(name)} stands there already (line {next.Place.Line}), and nothing can be added to it");
    }

    private void ReadPair(FileNode table, int depth)
    {
        SkipBlanks();
        var start = Mark();
        var path = ReadKey();
        if (Current != '=')
            throw Wrong("a key, \"=\" and a value are expected");
        _at++;
        SkipBlanks();
        foreach (var name in path[..^1])
        {
            var next = table.Find(name);
            if (next is null)
            {
                next = FileNode.Table(start.Place);
                table.Members.Add(name, next);
                _definitions[next] = new Definition(How.Dotted, _header);
            }
            else if (!_definitions.TryGetValue(next, out var definition) || definition.How != How.Dotted || definition.Header != _header)
            {
                throw Wrong(start, $"{JsonText.Quote(name)} stands there already (line {next.Place.Line}), and nothing can be added to it");
            }

            table = next;
        }

        if (table.Find(path[^1]) is { } existing)
            throw Wrong(start, $"{JsonText.Quote(path[^1])} stands there twice (line {existing.Place.Line}, too)");
        var value = ReadValue(depth).At(start.Place);
        if (value.Kind == FileNodeKind.Table)
            _definitions[value] = new Definition(How.Complete, _header);
        table.Members.Add(path[^1], value);
    }

    private List<string> ReadKey()
    {
        var path = new List<string>();
        while (true)
        {
            SkipBlanks();
            switch (Current)
            {
                case '"':
                case '\'':
                    if (_at + 2 < _text.Length && _text[_at + 1] == Current && _text[_at + 2] == Current)
                        throw Wrong("a key has no more than one quotation mark on each side");
                    path.Add(Current == '"' ? ReadBasic() : ReadLiteral());
                    break;
                default:
                    var length = _text.AsSpan(_at).IndexOfAnyExcept(BareKey);
                    length = length < 0 ? _text.Length - _at : length;
                    if (length == 0)
                        throw Wrong("a key is expected: letters, digits, \"-\" and \"_\", or anything in quotation marks");
                    path.Add(_text.Substring(_at, length));
                    _at += length;
                    break;
            }

            SkipBlanks();
            if (path.Count > DeepestNesting)
                throw Wrong("this is nested too deeply");
            if (Current != '.' || IsAtEnd)
                return path;
            _at++;
        }
    }

    private FileNode ReadValue(int depth)
    {
        if (depth == 0)
            throw Wrong("this is nested too deeply");

        var place = Here;
        switch (Current)
        {
            case '"':
                return FileNode.Scalar(FileNodeKind.Text, StartsWith("\"\"\"") ? ReadMultiLine('"') : ReadBasic(), place);
            case '\'':
                return FileNode.Scalar(FileNodeKind.Text, StartsWith("'''") ? ReadMultiLine('\'') : ReadLiteral(), place);
            case '[':
                return ReadArray(depth);
            case '{':
                return ReadInlineTable(depth);
            default:
                return ReadBare(place);
        }
    }

    private FileNode ReadArray(int depth)
    {
        var list = FileNode.List(Here);
        var start = Mark();
        _at++;
        while (true)
        {
            SkipBlanksAndLines();
            if (Current == ']')
                break;

            list.Items.Add(ReadValue(depth - 1));
            SkipBlanksAndLines();
            if (Current == ']')
                break;
            if (IsAtEnd)
                throw Wrong(start, "the \"]\" to this list is missing");
            if (Current != ',')
                throw Wrong("\",\" or \"]\" is expected in a list");
            _at++;
        }

        _at++;
        return list;
    }

    private FileNode ReadInlineTable(int depth)
    {
        var table = FileNode.Table(Here);
        _at++;
        SkipBlanks();
        if (Current == '}')
        {
            _at++;
            return table;
        }

        // Dotted keys within it may add to each other, and to nothing else.
        var outer = _header;
        _header = ++_headers;
        while (true)
        {
            ReadPair(table, depth - 1);
            SkipBlanks();
            if (Current == '}')
                break;
            if (Current != ',')
                throw Wrong("\",\" or \"}\" is expected; a table in braces stands on one line");
            _at++;
        }

        _header = outer;
        _at++;
        return table;
    }

    private FileNode ReadBare(FilePlace place)
    {
        var length = _text.AsSpan(_at).IndexOfAny(AfterValue);
        length = length < 0 ? _text.Length - _at : length;
        // A date may be parted from its time by a space.
        if (length == 10 && _at + 12 < _text.Length && _text[_at + 10] == ' ' && char.IsAsciiDigit(_text[_at + 11]) && Date().IsMatch(_text.AsSpan(_at, 10)))
        {
            var rest = _text.AsSpan(_at + 11).IndexOfAny(AfterValue);
            length = rest < 0 ? _text.Length - _at : 11 + rest;
        }

        var text = _text.Substring(_at, length);
        if (Kind(text) is not { } scalar)
        {
            throw Wrong(length == 0
                ? "a value is expected"
                : "this is no value; write a text in quotation marks, a number, true, false, a date, a list or a table");
        }

        _at += length;
        return FileNode.Scalar(scalar.Kind, scalar.Text, place);
    }

    private (FileNodeKind Kind, string Text)? Kind(string text)
    {
        if (text is "true" or "false")
            return (FileNodeKind.Flag, text);
        if (DecimalInteger().IsMatch(text))
        {
            return long.TryParse(text.Replace("_", "", StringComparison.Ordinal), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
                ? (FileNodeKind.Integer, number.ToString(CultureInfo.InvariantCulture))
                : throw Wrong("this number needs more than 64 bits");
        }

        if (PrefixedInteger().IsMatch(text))
        {
            try
            {
                var digits = text[2..].Replace("_", "", StringComparison.Ordinal).TrimStart('0');
                var number = digits.Length == 0 ? 0 : Convert.ToUInt64(digits, text[1] switch { 'x' => 16, 'o' => 8, _ => 2 });
                return (FileNodeKind.Integer, checked((long)number).ToString(CultureInfo.InvariantCulture));
            }
            catch (OverflowException)
            {
                throw Wrong("this number needs more than 64 bits");
            }
        }

        if (Float().IsMatch(text))
            return (FileNodeKind.Number, text.Replace("_", "", StringComparison.Ordinal).Replace("inf", "Infinity", StringComparison.Ordinal).Replace("nan", "NaN", StringComparison.Ordinal));
        return DateOrTime().IsMatch(text) ? (FileNodeKind.Time, text) : null;
    }

    private string ReadLiteral()
    {
        _at++;
        var start = _at;
        while (Current != '\'' || IsAtEnd)
        {
            RequireTextCharacter();
            _at++;
        }

        _at++;
        return _text[start..(_at - 1)];
    }

    private string ReadBasic()
    {
        _at++;
        var text = new StringBuilder();
        while (Current != '"' || IsAtEnd)
        {
            RequireTextCharacter();
            if (Current == '\\')
                ReadEscape(text);
            else
                text.Append(_text[_at++]);
        }

        _at++;
        return text.ToString();
    }

    private string ReadMultiLine(char quote)
    {
        var start = Mark();
        _at += 3;
        SkipLineBreak();
        var text = new StringBuilder();
        var end = new string(quote, 3);
        while (!StartsWith(end))
        {
            if (IsAtEnd)
                throw Wrong(start, "the end of this text is missing, three quotation marks");
            if (IsLineBreak())
            {
                text.Append('\n');
                SkipLineBreak();
            }
            else if (quote == '"' && Current == '\\')
            {
                if (!TrySkipToNextWord())
                    ReadEscape(text);
            }
            else
            {
                RequireTextCharacter();
                text.Append(_text[_at++]);
            }
        }

        // Up to two quotation marks may stand right before the three that end the text.
        _at += 3;
        for (var i = 0; i < 2 && Current == quote && !IsAtEnd; i++, _at++)
            text.Append(quote);
        return text.ToString();
    }

    // A backslash at the end of a line takes the line break and all blanks behind it away.
    private bool TrySkipToNextWord()
    {
        var behind = _at + 1;
        while (behind < _text.Length && _text[behind] is ' ' or '\t')
            behind++;
        if (behind >= _text.Length || !(_text[behind] == '\n' || (_text[behind] == '\r' && behind + 1 < _text.Length && _text[behind + 1] == '\n')))
            return false;

        _at = behind;
        while (Current is ' ' or '\t' || IsLineBreak())
        {
            if (IsLineBreak())
                SkipLineBreak();
            else
                _at++;
        }

        return true;
    }

    private void ReadEscape(StringBuilder text)
    {
        var start = Mark();
        _at++;
        var escape = Current;
        _at++;
        switch (escape)
        {
            case 'b': text.Append('\b'); break;
            case 't': text.Append('\t'); break;
            case 'n': text.Append('\n'); break;
            case 'f': text.Append('\f'); break;
            case 'r': text.Append('\r'); break;
            case '"': text.Append('"'); break;
            case '\\': text.Append('\\'); break;
            case 'u':
            case 'U':
                var digits = escape == 'u' ? 4 : 8;
                if (_at + digits > _text.Length
                    || !_text.AsSpan(_at, digits).ToString().All(char.IsAsciiHexDigit)
                    || !uint.TryParse(_text.AsSpan(_at, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code)
                    || !Rune.IsValid(code))
                {
                    throw Wrong(start, "\\u takes four and \\U eight hexadecimal digits of a Unicode character");
                }

                text.Append(new Rune(code).ToString());
                _at += digits;
                break;
            default:
                throw Wrong(start, "this is no escape; write \\\\ for a backslash, or put the text between single quotation marks");
        }
    }

    private void RequireTextCharacter()
    {
        if (IsAtEnd || IsLineBreak())
            throw Wrong("the quotation mark at the end of this text is missing");
        RequireCharacter();
    }

    // Control characters other than tab stand nowhere in TOML.
    private void RequireCharacter()
    {
        if (Current is (< ' ' and not '\t') or '\u007f')
            throw Wrong("there is a control character here; take it out");
    }

    private void EndLine()
    {
        SkipBlanks();
        SkipComment();
        if (!IsAtEnd && !SkipLineBreak())
            throw Wrong("the end of the line is expected here");
    }

    private void SkipComment()
    {
        if (Current != '#')
            return;
        while (!IsAtEnd && !IsLineBreak())
        {
            RequireCharacter();
            _at++;
        }
    }

    private void SkipBlanks()
    {
        while (Current is ' ' or '\t')
            _at++;
    }

    private void SkipBlanksAndLines()
    {
        do
        {
            SkipBlanks();
            SkipComment();
        }
        while (SkipLineBreak());
    }

    private bool IsLineBreak() => Current == '\n' || (Current == '\r' && _at + 1 < _text.Length && _text[_at + 1] == '\n');

    private bool SkipLineBreak()
    {
        if (!IsLineBreak())
            return false;

        _at += Current == '\r' ? 2 : 1;
        _line++;
        _lineStart = _at;
        return true;
    }

    private bool StartsWith(string text) => string.CompareOrdinal(_text, _at, text, 0, text.Length) == 0;

    private Marked Mark() => new(Here, _at - _lineStart + 1);

    private UnreadableFileException Wrong(string problem) => Wrong(Mark(), problem);

    private UnreadableFileException Wrong(Marked mark, string problem) => new(_file, mark.Place.Line, mark.Column, problem);

    private enum How
    {
        /// <summary>By a header that names a table within it.</summary>
        Implied,

        /// <summary>By its own header.</summary>
        Header,

        /// <summary>By dotted keys.</summary>
        Dotted,

        /// <summary>In braces: nothing can be added to it.</summary>
        Complete,
    }

    // A table that dotted keys made may grow by dotted keys under the same header alone.
    private readonly record struct Definition(How How, int Header);

    private readonly record struct Marked(FilePlace Place, int Column);

    [GeneratedRegex(@"\A[+-]?(?:0|[1-9](?:_?[0-9])*)\z", RegexOptions.CultureInvariant)]
    private static partial Regex DecimalInteger();

    [GeneratedRegex(@"\A0(?:x[0-9A-Fa-f](?:_?[0-9A-Fa-f])*|o[0-7](?:_?[0-7])*|b[01](?:_?[01])*)\z", RegexOptions.CultureInvariant)]
    private static partial Regex PrefixedInteger();

    [GeneratedRegex(@"\A[+-]?(?:inf|nan|(?:0|[1-9](?:_?[0-9])*)(?:\.[0-9](?:_?[0-9])*)?(?:[eE][+-]?[0-9](?:_?[0-9])*)?)\z", RegexOptions.CultureInvariant)]
    private static partial Regex Float();

    [GeneratedRegex(@"\A[0-9]{4}-[0-9]{2}-[0-9]{2}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Date();

    [GeneratedRegex(
        @"\A(?=.)(?:[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01]))?(?:(?:(?<=[0-9])[Tt ]|\A)(?:[01][0-9]|2[0-3]):[0-5][0-9]:(?:[0-5][0-9]|60)(?:\.[0-9]+)?(?:(?<=\A.{10}[Tt ].*)(?:[Zz]|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9]))?)?\z",
        RegexOptions.CultureInvariant)]
    private static partial Regex DateOrTime();
}
