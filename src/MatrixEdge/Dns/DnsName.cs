using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace MatrixEdge.Dns;

/// <summary>
/// A domain name (RFC 1035 §3.1): labels of 1 to 63 octets, at most 255 octets as it is sent. Upper and lower case are the
/// same (RFC 4343), and kept.
/// </summary>
internal sealed class DnsName : IEquatable<DnsName>
{
    public const int LongestName = 255;

    public const int LongestLabel = 63;

    // As sent, without compression: length, label, …, 0.
    private readonly byte[] octets;

    private DnsName(byte[] octets) => this.octets = octets;

    public static DnsName Root { get; } = new([0]);

    public bool IsRoot => octets.Length == 1;

    /// <summary>As it is sent, uncompressed.</summary>
    public ReadOnlySpan<byte> Octets => octets;

    /// <summary>The name without its first label; null for the root.</summary>
    public DnsName? Parent => IsRoot ? null : new DnsName(octets[(octets[0] + 1)..]);

    /// <summary>Reads a name as people write it, with or without the dot at the end; <c>\.</c> and <c>\065</c> as in zone files.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out DnsName? name)
    {
        name = null;
        if (text == ".")
        {
            name = Root;
            return true;
        }

        // Nothing that is longer than four characters for each octet can be a name.
        if (text.Length is 0 or > 4 * LongestName)
            return false;

        var octets = new byte[LongestName];
        var start = 0; // where the current label's length stands
        var end = 1;
        for (var i = 0; i < text.Length; i++)
        {
            var octet = (int)text[i];
            if (octet == '.')
            {
                if (!Close(octets, ref start, ref end))
                    return false;
                continue;
            }

            if (octet == '\\' ? !TryReadEscape(text, ref i, out octet) : !char.IsAscii(text[i]))
                return false;

            if (end >= LongestName)
                return false;

            octets[end++] = (byte)octet;
        }

        if (end > start + 1 && !Close(octets, ref start, ref end))
            return false;

        name = new DnsName([.. octets.AsSpan(0, start), 0]);
        return true;
    }

    /// <summary>For names that stand in the program.</summary>
    /// <exception cref="FormatException">It is none.</exception>
    public static DnsName Parse(string text) =>
        TryParse(text, out var name) ? name : throw new FormatException($"\"{text}\" is no domain name");

    /// <summary>From labels as they are sent, uncompressed, with the root's zero at the end; the caller has checked them.</summary>
    public static DnsName FromOctets(ReadOnlySpan<byte> octets) => octets.Length == 1 ? Root : new DnsName(octets.ToArray());

    /// <summary>Whether it is <paramref name="zone"/> or a name below it.</summary>
    public bool IsWithin(DnsName zone)
    {
        for (var at = 0; ; at += octets[at] + 1)
        {
            if (octets.Length - at == zone.octets.Length)
                return AreSame(octets.AsSpan(at), zone.octets);
            if (octets.Length - at < zone.octets.Length || octets[at] == 0)
                return false;
        }
    }

    /// <summary>As it is sent, in lower case: the form that signatures are made over (RFC 8945 §4.3.3).</summary>
    public byte[] ToCanonical()
    {
        var canonical = new byte[octets.Length];
        for (var i = 0; i < octets.Length; i++)
            canonical[i] = ToLower(octets[i]);
        return canonical;
    }

    public bool Equals(DnsName? other) => other is not null && AreSame(octets, other.octets);

    public override bool Equals(object? obj) => Equals(obj as DnsName);

    public override int GetHashCode()
    {
        var hash = new HashCode();
        hash.AddBytes(ToCanonical());
        return hash.ToHashCode();
    }

    /// <summary>As people write it, without the dot at the end; the root is ".".</summary>
    public override string ToString()
    {
        if (IsRoot)
            return ".";

        var text = new StringBuilder(octets.Length);
        for (var at = 0; octets[at] != 0; at += octets[at] + 1)
        {
            if (at > 0)
                text.Append('.');
            foreach (var octet in octets.AsSpan(at + 1, octets[at]))
            {
                if (octet is (byte)'.' or (byte)'\\')
                    text.Append('\\').Append((char)octet);
                else if (octet is > 0x20 and < 0x7f)
                    text.Append((char)octet);
                else
                    text.Append(CultureInfo.InvariantCulture, $"\\{octet:000}");
            }
        }

        return text.ToString();
    }

    // Not Ascii.EqualsIgnoreCase, to which octets above 127 differ from themselves.
    private static bool AreSame(ReadOnlySpan<byte> a, ReadOnlySpan<byte> b)
    {
        if (a.Length != b.Length)
            return false;

        for (var i = 0; i < a.Length; i++)
        {
            if (ToLower(a[i]) != ToLower(b[i]))
                return false;
        }

        return true;
    }

    // Lengths stay what they are: none is as large as a letter.
    private static byte ToLower(byte octet) => octet is >= (byte)'A' and <= (byte)'Z' ? (byte)(octet | 0x20) : octet;

    private static bool Close(byte[] octets, ref int start, ref int end)
    {
        var length = end - start - 1;
        if (length is 0 or > LongestLabel || end >= LongestName)
            return false;

        octets[start] = (byte)length;
        start = end++;
        return true;
    }

    private static bool TryReadEscape(string text, ref int i, out int octet)
    {
        octet = 0;
        if (i + 1 >= text.Length)
            return false;

        if (!char.IsAsciiDigit(text[i + 1]))
        {
            octet = text[++i];
            return char.IsAscii(text[i]);
        }

        if (i + 3 >= text.Length || !int.TryParse(text.AsSpan(i + 1, 3), NumberStyles.None, CultureInfo.InvariantCulture, out octet))
            return false;

        i += 3;
        return octet <= byte.MaxValue;
    }
}
