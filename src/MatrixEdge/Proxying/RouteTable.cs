using System.Collections.Immutable;
using System.Net;
using MatrixEdge.Configuration;
using MatrixEdge.Protocol;

namespace MatrixEdge.Proxying;

/// <summary>What is to happen to a path.</summary>
internal enum Destination
{
    /// <summary>Nobody's: the website, else 404.</summary>
    None,

    /// <summary>The homeserver's, for everyone.</summary>
    Homeserver,

    /// <summary>What the authentication service answers in the homeserver's place (<see cref="CompatibilityRoutes"/>).</summary>
    AuthenticationService,

    /// <summary>The policy server's.</summary>
    PolicyServer,

    /// <summary>The token service's of calls, below a prefix that it does not know.</summary>
    CallTokens,

    /// <summary>LiveKit's, below a prefix that it does not know.</summary>
    CallMedia,

    /// <summary>Another server's that has the website.</summary>
    Website,

    /// <summary>The homeserver's, not for the public; looks like a path that does not exist.</summary>
    Private,

    /// <summary>Could be read as another path by another program (<see cref="RequestTarget.IsAmbiguous"/>).</summary>
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
    private readonly ImmutableArray<ExposedPath> exposed;
    private readonly bool hasAuthenticationService;
    private readonly string[] policies;
    private readonly string[] callTokens;
    private readonly string[] callMedia;

    public RouteTable(SiteSettings site)
    {
        open = [.. PublicPaths.Of(site.Homeserver.Kind).Concat(site.Homeserver.PublicPaths).Distinct()];
        exposed = site.Exposed;
        hasAuthenticationService = site.AuthenticationService is not null;
        policies = site.PolicyServer?.Address is null ? [] : ["/_matrix/policy/"];
        callTokens = site.Calls?.Path is { } path ? [path + "/jwt"] : [];
        callMedia = site.Calls?.Path is { } same ? [same + "/sfu"] : [];
    }

    /// <summary>What is public, for the banner and <c>check</c>.</summary>
    public IReadOnlyList<string> Public => open;

    /// <param name="target">As it was sent.</param>
    /// <param name="client">The address of who sent it.</param>
    public Destination Find(RequestTarget target, string client)
    {
        var found = Find(target.Path, client);
        return found != Destination.None && target.IsAmbiguous() ? Destination.Refused : found;
    }

    private Destination Find(ReadOnlySpan<char> path, string client)
    {
        if (hasAuthenticationService && CompatibilityRoutes.Owns(path))
            return Destination.AuthenticationService;

        if (IsBelow(path, policies))
            return Destination.PolicyServer;

        if (IsHidden(path))
            return IsExposed(path, client) ? Destination.Homeserver : Destination.Private;

        if (IsBelow(path, open))
            return Destination.Homeserver;

        foreach (var prefix in PublicPaths.Reserved)
        {
            if (path.StartsWith(prefix, StringComparison.Ordinal))
                return IsExposed(path, client) ? Destination.Homeserver : Destination.Private;
        }

        if (IsBelow(path, callTokens))
            return Destination.CallTokens;
        if (IsBelow(path, callMedia))
            return Destination.CallMedia;
        return IsExposed(path, client) ? Destination.Homeserver : Destination.None;
    }

    // By the bytes that the homeserver gets: another spelling of the path stays private.
    private bool IsExposed(ReadOnlySpan<char> path, string client)
    {
        foreach (var rule in exposed)
        {
            if (IsBelow(path, rule.Path) && IPAddress.TryParse(client, out var address) && ClientAddress.IsTrusted(address, rule.AllowFrom))
                return true;
        }

        return false;
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
            if (IsBelow(path, prefix))
                return true;
        }

        return false;
    }

    private static bool IsBelow(ReadOnlySpan<char> path, string prefix) =>
        path.StartsWith(prefix, StringComparison.Ordinal) && (prefix[^1] == '/' || path.Length == prefix.Length || path[prefix.Length] == '/');
}
