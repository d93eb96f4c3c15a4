using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace MatrixEdge.Protocol;

/// <summary>
/// What stands behind the colon in <c>@user:example.org</c>, and what <c>m.server</c> points to: a host with an optional
/// port (Matrix appendices §Server Name). Names are compared as they are written, upper and lower case being different.
/// </summary>
internal sealed record ServerName
{
    /// <summary>In characters; what other servers take (Matrix appendices §Size limits).</summary>
    public const int Longest = 255;

    private const string AnyName = "example.org";

    private static readonly SearchValues<char> Characters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-.:[]");

    private readonly string _text;

    private ServerName(string text, string host, int? port, IPAddress? address)
    {
        _text = text;
        Host = host;
        Port = port;
        Address = address;
    }

    /// <summary>The host as it was written; an IPv6 address with its brackets.</summary>
    public string Host { get; }

    /// <summary>The port, if one was written.</summary>
    public int? Port { get; }

    /// <summary>The address, if the host is one.</summary>
    public IPAddress? Address { get; }

    /// <summary>Whether the host is an address, for which there is neither well-known nor SRV (Matrix server-server §2.1).</summary>
    public bool IsIpLiteral => Address is not null;

    /// <summary>Allowed, but another name than the lower-case one, and discouraged.</summary>
    public bool HasUpperCase => _text.AsSpan().ContainsAnyInRange('A', 'Z');

    /// <summary>Allowed, but user and room identifiers may grow too long with it: 230 characters are recommended at most.</summary>
    public bool ExceedsRecommendedLength => _text.Length > 230;

    /// <summary>The name exactly as it was written.</summary>
    public override string ToString() => _text;

    /// <summary>Reads a server name; <paramref name="problem"/> tells an operator how to mend what is not one.</summary>
    public static bool TryParse(
        string text, [NotNullWhen(true)] out ServerName? name, [NotNullWhen(false)] out string? problem)
    {
        name = Match(text);
        problem = name is null ? Explain(text) : null;
        return name is not null;
    }

    /// <summary>Whether it is as long as a name may be, and of the characters that names have. Allocates nothing.</summary>
    public static bool CouldBe(ReadOnlySpan<char> text) => text.Length is > 0 and <= Longest && !text.ContainsAnyExcept(Characters);

    // hostname [ ":" port ], as the grammar has it (Matrix appendices, server name). By hand: the first regular expression of a
    // process costs as long as the rest of a small configuration.
    private static ServerName? Match(string text)
    {
        var isBracketed = text.StartsWith('[');
        var end = text.IndexOf(isBracketed ? ']' : ':', StringComparison.Ordinal);
        if (isBracketed && end < 0)
            return null;

        var host = isBracketed ? text[1..end] : end < 0 ? text : text[..end];
        if (host.AsSpan().ContainsAnyExcept(isBracketed ? Ipv6Characters : NameCharacters) || (isBracketed ? host.Length is < 2 or > 45 : host.Length is < 1 or > 255))
            return null;

        var behind = isBracketed ? text.AsSpan(end + 1) : text.AsSpan(host.Length);
        int? port = null;
        if (!behind.IsEmpty)
        {
            if (behind[0] != ':' || behind.Length > 6 || !int.TryParse(behind[1..], NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                || number is 0 or > IPEndPoint.MaxPort)
            {
                return null;
            }

            port = number;
        }

        IPAddress? address;
        if (isBracketed)
            return TryReadIpv6(host, out address) ? new ServerName(text, $"[{host}]", port, address) : null;

        if (LooksLikeIpv4(host))
            return TryReadIpv4(host, out address) ? new ServerName(text, host, port, address) : null;

        return HasSoundLabels(host) ? new ServerName(text, host, port, null) : null;
    }

    private static bool TryReadIpv6(string text, [NotNullWhen(true)] out IPAddress? address) =>
        IPAddress.TryParse(text, out address) && address.AddressFamily == AddressFamily.InterNetworkV6;

    private static bool LooksLikeIpv4(string host)
    {
        var parts = host.Split('.');
        return parts.Length == 4 && parts.All(part => part.Length > 0 && part.All(char.IsAsciiDigit));
    }

    // Not IPAddress.Parse, which takes a leading zero for octal.
    private static bool TryReadIpv4(string host, [NotNullWhen(true)] out IPAddress? address)
    {
        address = null;
        var bytes = new byte[4];
        var parts = host.Split('.');
        for (var i = 0; i < bytes.Length; i++)
        {
            if (parts[i].Length > 3 || !byte.TryParse(parts[i], NumberStyles.None, CultureInfo.InvariantCulture, out bytes[i]))
                return false;
        }

        address = new IPAddress(bytes);
        return true;
    }

    // The grammar alone would let ".." pass; RFC 1123 §2.1 and RFC 1035 §2.3.4, to which it refers, do not.
    private static bool HasSoundLabels(string host) => host.Split('.').All(label => label.Length is > 0 and <= 63);

    /// <summary>Says what is wrong with a text that is no server name: the mistakes people really make come first.</summary>
    private static string Explain(string text)
    {
        if (string.IsNullOrWhiteSpace(text))
            return $"give the name of the server, for example \"{AnyName}\"";

        if (text.IndexOf("://", StringComparison.Ordinal) is var scheme and >= 0)
            return $"give the bare name, for example \"{Example(UpToPath(text[(scheme + 3)..]))}\"";

        if (text.Contains('@', StringComparison.Ordinal) || text[0] is '#' or '!')
        {
            var separator = text[0] is '@' or '#' or '!' ? ':' : '@';
            return "give only the server's part of the identifier, for example "
                + $"\"{Example(text[(text.IndexOf(separator, StringComparison.Ordinal) + 1)..])}\"";
        }

        if (text.Any(char.IsWhiteSpace))
            return $"take out the space, for example \"{Example(string.Concat(text.Where(c => !char.IsWhiteSpace(c))))}\"";

        if (text.AsSpan().ContainsAny(PathCharacters))
            return $"leave out the path, for example \"{Example(UpToPath(text))}\"";

        if (!Ascii.IsValid(text))
            return ExplainNonAscii(text);

        if (text.Contains('_', StringComparison.Ordinal))
        {
            return "a server name has no underscore, only letters, digits, \"-\" and \".\", for example "
                + $"\"{Example(text.Replace('_', '-'))}\"";
        }

        if (text.Contains('[', StringComparison.Ordinal) || text.Contains(']', StringComparison.Ordinal))
            return "write an IPv6 address in brackets with the port behind them, for example \"[2001:db8::1]:8448\"";

        if (TryReadIpv6(text, out _) && Match($"[{text}]") is { } bracketed)
            return $"put the IPv6 address in brackets: \"{bracketed}\"";

        var colon = text.IndexOf(':', StringComparison.Ordinal);
        var host = colon < 0 ? text : text[..colon];
        if (host.AsSpan().IndexOfAnyExcept(NameCharacters) is var at and >= 0)
            return $"leave out {JsonText.Quote(host[at].ToString())}: a server name has only letters, digits, \"-\" and \".\"";

        if (colon == 0)
            return $"give the name before the port, for example \"{Example(AnyName + text)}\"";

        if (colon > 0 && Match(host) is not null)
            return $"the port must be a number from 1 to {IPEndPoint.MaxPort}, for example \"{Example(host + ":8448")}\"";

        if (host.EndsWith('.'))
            return $"leave out the dot at the end, for example \"{Example(host.TrimEnd('.') + text[host.Length..])}\"";

        if (LooksLikeIpv4(host))
            return "the four numbers of an IPv4 address go from 0 to 255";

        if (host.Length > 255)
            return "a server name has at most 255 characters, and 230 are recommended";

        return "each part between two dots has 1 to 63 characters";
    }

    private static string ExplainNonAscii(string text)
    {
        const string remedy = "write an international name in its ASCII form";
        // Without ICU nothing composes "u" and a loose diaeresis here: a form computed from them would be another domain.
        if (text.Any(c => char.GetUnicodeCategory(c) == UnicodeCategory.NonSpacingMark))
            return $"{remedy}, which starts with \"xn--\"";

        try
        {
            var colon = text.IndexOf(':', StringComparison.Ordinal);
            var host = colon < 0 ? text : text[..colon];
            var ascii = new IdnMapping().GetAscii(host.ToLowerInvariant()) + text[host.Length..];
            if (Match(ascii) is not null)
                return $"{remedy}: \"{ascii}\"";
        }
        catch (ArgumentException)
        {
            // Not a domain name in any form: the general advice remains.
        }

        return $"{remedy}, which starts with \"xn--\"";
    }

    private static string UpToPath(string text) =>
        text.AsSpan().IndexOfAny(PathCharacters) is var end and >= 0 ? text[..end] : text;

    private static string Example(string candidate) => Match(candidate) is not null ? candidate : AnyName;

    private static readonly SearchValues<char> PathCharacters = SearchValues.Create("/\\?#");

    private static readonly SearchValues<char> Ipv6Characters = SearchValues.Create("ABCDEFabcdef0123456789:.");

    private static readonly SearchValues<char> NameCharacters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-.");
}
