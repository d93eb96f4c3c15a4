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

    private readonly string[] open;
    private readonly string[] hidden;

    public RouteTable(HomeserverSettings homeserver)
    {
        open = [.. PublicPaths.Of(homeserver.Kind).Concat(homeserver.PublicPaths).Distinct()];
        hidden = [.. HomeserverSettings.PrivatePaths.Select(path => path.TrimEnd('/'))];
    }

    /// <summary>What is public, for the banner and <c>check</c>.</summary>
    public IReadOnlyList<string> Public => open;

    public Destination Find(Protocol.RequestTarget target)
    {
        var path = target.Path;
        if (IsBelow(path, hidden) || IsHiddenWhenDecoded(path))
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

    // Some homeservers decode segments before they compare them. Nothing below /_matrix/ is hidden, and escapes are common there.
    private bool IsHiddenWhenDecoded(ReadOnlySpan<char> path) =>
        !path.StartsWith(Matrix, StringComparison.Ordinal) && path.Contains('%') && IsBelow(Uri.UnescapeDataString(path), hidden);

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
