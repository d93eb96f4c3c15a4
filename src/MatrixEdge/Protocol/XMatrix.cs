using System.Buffers;

namespace MatrixEdge.Protocol;

/// <summary>
/// Who a request between servers says it is from, and for whom: the parameters of an <c>Authorization: X-Matrix …</c> header
/// (Matrix server-server §Request Authentication, RFC 9110 §11.4). A claim: whether the signature holds, only the homeserver
/// finds out. Views of the header, valid as long as it is; nothing is allocated, unless a value holds escapes, which no
/// server in the field writes.
/// </summary>
/// <remarks>
/// Read as generously as homeservers read it, so that nobody is one server to the gateway and another to what stands behind
/// it: names in any case and order, values quoted or not, unquoted ones with colons and whatever base64 brings along, blanks
/// around commas and equals signs, empty list elements, parameters of other names. One that is said twice makes the header
/// damaged: which of the two counts is anybody's guess.
/// </remarks>
internal readonly ref struct XMatrix
{
    private const string Scheme = "X-Matrix";
    private const string Blanks = " \t";
    private const string Separators = " \t,";
    private static readonly SearchValues<char> NeverInName = SearchValues.Create(" \t\",;\\");

    private XMatrix(ReadOnlySpan<char> origin, ReadOnlySpan<char> destination, ReadOnlySpan<char> key)
    {
        Origin = origin;
        Destination = destination;
        Key = key;
    }

    /// <summary>Server name of the sender, before delegation; never empty, but as it was sent: it may be no server name at all.</summary>
    public ReadOnlySpan<char> Origin { get; }

    /// <summary>Server name of whom the request is for; empty when it was not sent, as before version 1.3 of the specification.</summary>
    public ReadOnlySpan<char> Destination { get; }

    /// <summary>Id of the key that signed, for example <c>ed25519:a_AbCd</c>; empty when it was not sent.</summary>
    public ReadOnlySpan<char> Key { get; }

    /// <summary>True when the header's scheme is X-Matrix, whatever follows; false for a client's access token.</summary>
    public static bool IsScheme(ReadOnlySpan<char> header) =>
        header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)
        && (header.Length == Scheme.Length || Blanks.Contains(header[Scheme.Length], StringComparison.Ordinal));

    /// <summary>Reads the value of an <c>Authorization</c> header; false when it is none of X-Matrix, damaged, or names no origin.</summary>
    public static bool TryParse(ReadOnlySpan<char> header, out XMatrix value)
    {
        value = default;
        if (!IsScheme(header))
            return false;

        ReadOnlySpan<char> origin = default, destination = default, key = default;
        var seen = Parameters.None;
        for (var rest = header[Scheme.Length..].TrimStart(Separators); !rest.IsEmpty; rest = rest.TrimStart(Separators))
        {
            if (!TryTake(ref rest, out var name, out var text))
                return false;

            var parameter = Which(name);
            if ((seen & parameter) != 0)
                return false;
            seen |= parameter;
            switch (parameter)
            {
                case Parameters.Origin:
                    origin = text;
                    break;
                case Parameters.Destination:
                    destination = text;
                    break;
                case Parameters.Key:
                    key = text;
                    break;
            }
        }

        value = new XMatrix(origin, destination, key);
        return !origin.IsEmpty;
    }

    // token BWS "=" BWS ( token / quoted-string ), and after it a comma or the end (RFC 9110 §11.2).
    private static bool TryTake(scoped ref ReadOnlySpan<char> rest, out ReadOnlySpan<char> name, out ReadOnlySpan<char> text)
    {
        name = text = default;
        var equals = rest.IndexOf('=');
        if (equals < 0)
            return false;
        name = rest[..equals].TrimEnd(Blanks);
        if (name.IsEmpty || name.ContainsAny(NeverInName))
            return false;

        rest = rest[(equals + 1)..].TrimStart(Blanks);
        if (!(rest is ['"', ..] ? TryTakeQuoted(ref rest, out text) : TryTakeToken(ref rest, out text)))
            return false;
        rest = rest.TrimStart(Blanks);
        return rest is [] or [',', ..];
    }

    private static bool TryTakeToken(scoped ref ReadOnlySpan<char> rest, out ReadOnlySpan<char> text)
    {
        var end = rest.IndexOfAny(Separators);
        text = end < 0 ? rest : rest[..end];
        rest = rest[text.Length..];
        return !text.IsEmpty && !text.ContainsAny('"', '\\');
    }

    private static bool TryTakeQuoted(scoped ref ReadOnlySpan<char> rest, out ReadOnlySpan<char> text)
    {
        text = default;
        var hasEscapes = false;
        for (var i = 1; i < rest.Length; i++)
        {
            switch (rest[i])
            {
                case '\\':
                    hasEscapes = true;
                    i++;
                    break;
                case '"':
                    text = hasEscapes ? Unescape(rest[1..i]) : rest[1..i];
                    rest = rest[(i + 1)..];
                    return true;
            }
        }

        return false;
    }

    // A backslash stands for the character behind it, which is there: the closing quotation mark was found.
    private static string Unescape(ReadOnlySpan<char> quoted)
    {
        var plain = new char[quoted.Length];
        var length = 0;
        for (var i = 0; i < quoted.Length; i++)
            plain[length++] = quoted[i] == '\\' ? quoted[++i] : quoted[i];
        return new string(plain, 0, length);
    }

    private static Parameters Which(ReadOnlySpan<char> name) =>
        name.Equals("origin", StringComparison.OrdinalIgnoreCase) ? Parameters.Origin
        : name.Equals("destination", StringComparison.OrdinalIgnoreCase) ? Parameters.Destination
        : name.Equals("key", StringComparison.OrdinalIgnoreCase) ? Parameters.Key
        : name.Equals("sig", StringComparison.OrdinalIgnoreCase) ? Parameters.Signature
        : Parameters.None;

    [Flags]
    private enum Parameters
    {
        None = 0,
        Origin = 1,
        Destination = 2,
        Key = 4,
        Signature = 8,
    }
}
