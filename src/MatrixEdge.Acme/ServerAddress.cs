using System.Diagnostics.CodeAnalysis;

namespace MatrixEdge.Acme;

/// <summary>Which addresses requests are sent to: HTTPS (RFC 8555 §6.1), and plain HTTP between programs on one machine.</summary>
internal static class ServerAddress
{
    private const int Longest = 4096;

    /// <summary>Whether requests may go there.</summary>
    /// <param name="url">The address.</param>
    /// <param name="local">Whether the server itself is on this machine; others may not send us to programs here over plain HTTP.</param>
    public static bool IsUsable(Uri url, bool local) =>
        url.IsAbsoluteUri && url.Host.Length > 0 && url.UserInfo.Length == 0 && url.Fragment.Length == 0
        && (url.Scheme == Uri.UriSchemeHttps || (url.Scheme == Uri.UriSchemeHttp && url.IsLoopback && local));

    /// <summary>Reads an address that the server gave.</summary>
    public static bool TryRead(string text, bool local, [NotNullWhen(true)] out Uri? url) =>
        Uri.TryCreate(text.Length <= Longest ? text : null, UriKind.Absolute, out url) && IsUsable(url, local);
}
