using System.Diagnostics.CodeAnalysis;

namespace MatrixEdge.Configuration;

/// <summary>A complete <c>http</c> or <c>https</c> address as an operator writes it.</summary>
internal static class WebAddress
{
    /// <summary>Reads an address; <paramref name="problem"/> tells how to mend what is not one.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out Uri? address, [NotNullWhen(false)] out string? problem)
    {
        address = null;
        problem = null;
        if (text.Any(char.IsWhiteSpace))
            problem = "take out the space";
        else if (!HasScheme(text))
            problem = !text.Contains("//", StringComparison.Ordinal) && IsWellFormed($"https://{text}", out _)
                ? $"give the complete address, for example \"https://{text}\""
                : "give a complete address, starting with https://";
        else if (!IsWellFormed(text, out address))
            problem = "give a complete address, for example \"https://matrix.example.com\"";
        else if (address.UserInfo.Length > 0)
            problem = "leave out the user name and password: everybody can read this address";

        return problem is null;
    }

    /// <summary>Reads the address of a server: scheme, host and port alone. <paramref name="example"/> is what a good one looks like.</summary>
    public static bool TryParseOrigin(string text, string example, [NotNullWhen(true)] out Uri? origin, [NotNullWhen(false)] out string? problem)
    {
        origin = null;
        problem = null;
        if (!text.Contains("://", StringComparison.Ordinal))
            problem = $"the scheme is missing; write \"{example[..example.IndexOf(':', StringComparison.Ordinal)]}://{text}\"";
        else if (!Uri.TryCreate(text, UriKind.Absolute, out var address) || address.Scheme is not ("http" or "https") || address.Host.Length == 0)
            problem = $"must be an http or https URL, for example \"{example}\"";
        else if (address.PathAndQuery != "/" || address.Fragment.Length > 0 || address.UserInfo.Length > 0)
            problem = $"must be scheme, host and port alone, since paths are passed on unchanged; write \"{address.GetLeftPart(UriPartial.Scheme)}{address.Authority}\"";
        else
            origin = address;

        return problem is null;
    }

    // Uri alone would take "matrix.example.com:443" for an address with the scheme "matrix.example.com".
    private static bool HasScheme(string text) =>
        text.StartsWith("https://", StringComparison.OrdinalIgnoreCase) || text.StartsWith("http://", StringComparison.OrdinalIgnoreCase);

    private static bool IsWellFormed(string text, [NotNullWhen(true)] out Uri? address) =>
        Uri.TryCreate(text, UriKind.Absolute, out address) && address.Host.Length > 0;
}
