using System.Buffers;
using System.Net;

namespace MatrixEdge.Protocol;

/// <summary>
/// IP addresses as protocols write them: four decimal numbers, or RFC 4291 §2.2. The framework's own reading takes <c>10</c> for
/// 0.0.0.10, <c>010.0.0.1</c> for 8.0.0.1, and zones and brackets besides; of two programs that read such an address, one is wrong.
/// </summary>
internal static class AddressText
{
    private static readonly SearchValues<char> OfIPv6 = SearchValues.Create("0123456789abcdefABCDEF:.");

    /// <summary>Reads an address; an IPv4 address written as IPv6 (<c>::ffff:192.0.2.1</c>) becomes what it is.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out IPAddress address)
    {
        address = IPAddress.None;
        if (!(text.Contains(':') ? !text.ContainsAnyExcept(OfIPv6) : IsIPv4(text)) || !IPAddress.TryParse(text, out var parsed))
            return false;

        address = parsed.IsIPv4MappedToIPv6 ? parsed.MapToIPv4() : parsed;
        return true;
    }

    private static bool IsIPv4(ReadOnlySpan<char> text)
    {
        var numbers = 0;
        foreach (var part in text.Split('.'))
        {
            var number = text[part];
            if (++numbers > 4 || number.Length is 0 or > 3 || number.ContainsAnyExceptInRange('0', '9') || (number.Length > 1 && number[0] == '0'))
                return false;
        }

        return numbers == 4;
    }
}
