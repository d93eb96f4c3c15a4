using System.Buffers;

namespace MatrixEdge.Proxying.Http1;

/// <summary>Which letters and bytes may stand where in a message (RFC 9110 §5.5 and §5.6.2).</summary>
internal static class Grammar
{
    private const string Token = "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

    /// <summary>Of methods and names of headers.</summary>
    public static readonly SearchValues<char> TokenLetters = SearchValues.Create(Token);

    /// <inheritdoc cref="TokenLetters"/>
    public static readonly SearchValues<byte> TokenBytes = SearchValues.Create([.. Token.Select(letter => (byte)letter)]);

    /// <summary>What would end a line, or a C string.</summary>
    public static readonly SearchValues<char> Forbidden = SearchValues.Create("\0\r\n");

    /// <summary>Controls but for the tab: no value of an answer may hold them, and the server towards the client would not send them.</summary>
    public static readonly SearchValues<byte> Controls = SearchValues.Create([.. Enumerable.Range(0, 0x20).Where(letter => letter != '\t').Append(0x7F).Select(letter => (byte)letter)]);
}
