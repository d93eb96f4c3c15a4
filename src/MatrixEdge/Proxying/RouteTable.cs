using System.Collections.Immutable;
using MatrixEdge.Configuration;

namespace MatrixEdge.Proxying;

/// <summary>What is to happen to a path.</summary>
internal enum Destination
{
    /// <summary>Nobody's: the website, else 404.</summary>
    None,

    /// <summary>The homeserver's, for everyone.</summary>
    Homeserver,

    /// <summary>The homeserver's, not for the public; looks like a path that does not exist.</summary>
    Private,

    /// <summary>Could be read as another path by another program (<see cref="Protocol.RequestTarget.IsAmbiguous"/>).</summary>
    Refused,
}

/// <summary>
/// Decides about a request by its raw path alone. Prefixes are compared byte for byte, as homeservers do; an
/// encoded spelling of a prefix is no prefix and so not public.
/// </summary>
internal sealed class RouteTable
{
    private const string Matrix = "/_matrix/";

    private static readonly string[] Hidden = [.. HomeserverSettings.PrivatePaths.Select(path => path.TrimEnd('/'))];

    private readonly string[] open;

    public RouteTable(HomeserverSettings homeserver) =>
        open = [.. PublicPaths.Of(homeserver.Kind).Concat(homeserver.PublicPaths).Distinct()];

    /// <summary>What is public, for the banner and <c>check</c>.</summary>
    public IReadOnlyList<string> Public => open;

    public Destination Find(Protocol.RequestTarget target)
    {
        var path = target.Path;
        if (IsHidden(path))
            return target.IsAmbiguous() ? Destination.Refused : Destination.Private;

        if (IsBelow(path, open))
            return target.IsAmbiguous() ? Destination.Refused : Destination.Homeserver;

        foreach (var prefix in PublicPaths.Reserved)
        {
            if (path.StartsWith(prefix, StringComparison.Ordinal))
                return target.IsAmbiguous() ? Destination.Refused : Destination.Private;
        }

        return Destination.None;
    }

    // Also as it reads when decoded, since some homeservers decode segments before they compare them. Nothing below /_matrix/
    // is hidden, where nearly all requests go and escapes are common.
    private static bool IsHidden(ReadOnlySpan<char> path) =>
        !path.StartsWith(Matrix, StringComparison.Ordinal)
        && (IsBelow(path, Hidden) || (path.Contains('%') && IsBelow(Uri.UnescapeDataString(path), Hidden)));

    private static bool IsBelow(ReadOnlySpan<char> path, string[] prefixes)
    {
        foreach (var prefix in prefixes)
        {
            if (path.StartsWith(prefix, StringComparison.Ordinal)
                && (prefix[^1] == '/' || path.Length == prefix.Length || path[prefix.Length] == '/'))
            {
                return true;
            }
        }

        return false;
    }
}
