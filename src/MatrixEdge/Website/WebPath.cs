using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace MatrixEdge.Website;

/// <summary>
/// What a raw request path names within a directory: percent-decoded exactly once, segment by segment, so that an encoded slash
/// never separates. A path that could name anything hidden, or anything outside, names nothing.
/// </summary>
/// <param name="Relative">The names from the directory downwards with slashes between; empty for the directory itself.</param>
/// <param name="IsFolder">Whether it was written with a slash at its end.</param>
internal readonly record struct WebPath(string Relative, bool IsFolder)
{
    /// <summary>Holds what has a fixed place on a host (RFC 8615), such as security.txt: the one folder with a dot that is public.</summary>
    private const string WellKnown = ".well-known";

    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Reads the path of a request target, which starts with a slash; false when there cannot be such a file.</summary>
    public static bool TryRead(ReadOnlySpan<char> path, out WebPath read)
    {
        read = default;
        if (path.IsEmpty || path[0] != '/')
            return false;

        var relative = new StringBuilder(path.Length);
        foreach (var range in path[1..].Split('/'))
        {
            var segment = path[1..][range];
            if (segment.IsEmpty && range.End.Value == path.Length - 1)
                break; // a slash at the end
            if (!TryDecode(segment, out var name) || !IsPublic(name, isTop: relative.Length == 0))
                return false;

            if (relative.Length > 0)
                relative.Append('/');
            relative.Append(name);
        }

        read = new WebPath(relative.ToString(), path[^1] == '/');

        // The gateway's own documents, in any spelling: a file must not look as if it were one of them.
        return !(read.Relative + "/").StartsWith(WellKnown + "/matrix/", StringComparison.Ordinal);
    }

    private static bool IsPublic(string name, bool isTop) =>
        name.Length > 0 && (name[0] != '.' || (isTop && name == WellKnown))
        && !name.AsSpan().ContainsAny('/', '\\') && !name.AsSpan().ContainsAnyInRange('\0', '\x1f') && !name.Contains('\x7f', StringComparison.Ordinal);

    // Strictly: a percent sign without two digits, or bytes that are not UTF-8, name no file.
    private static bool TryDecode(ReadOnlySpan<char> segment, [NotNullWhen(true)] out string? name)
    {
        name = null;
        if (!Ascii.IsValid(segment))
            return false;
        if (!segment.Contains('%'))
        {
            name = segment.ToString();
            return true;
        }

        var bytes = new byte[segment.Length];
        var length = 0;
        for (var i = 0; i < segment.Length; i++)
        {
            if (segment[i] != '%')
            {
                bytes[length++] = (byte)segment[i];
                continue;
            }

            if (i + 2 >= segment.Length || !char.IsAsciiHexDigit(segment[i + 1]) || !char.IsAsciiHexDigit(segment[i + 2]))
                return false;
            bytes[length++] = Convert.FromHexString(segment.Slice(i + 1, 2))[0];
            i += 2;
        }

        try
        {
            name = Utf8.GetString(bytes, 0, length);
            return true;
        }
        catch (DecoderFallbackException)
        {
            return false;
        }
    }
}
