namespace MatrixEdge.Proxying;

/// <summary>
/// The endpoints that Matrix Authentication Service answers in the homeserver's place for clients that know nothing of it
/// (crates/router/src/endpoints.rs), exactly: <c>/_matrix/client/{version}/</c> and then <c>login</c>, <c>logout</c>, <c>logout/all</c>,
/// <c>refresh</c>, <c>login/sso/redirect</c> or <c>login/sso/redirect/{idp}</c>. A pattern that is only a little wider takes
/// <c>login/get_token</c> or the state of a room from the homeserver.
/// </summary>
internal static class CompatibilityRoutes
{
    private const string Client = "/_matrix/client/";
    private const string Redirect = "login/sso/redirect/";

    /// <param name="path">As it was sent, undecoded, without the query.</param>
    public static bool Owns(ReadOnlySpan<char> path)
    {
        if (!path.StartsWith(Client, StringComparison.Ordinal))
            return false;

        var rest = path[Client.Length..];
        var slash = rest.IndexOf('/');
        if (slash <= 0)
            return false;

        var endpoint = rest[(slash + 1)..];
        return endpoint is "login" or "logout" or "logout/all" or "refresh" or "login/sso/redirect"
            || (endpoint.Length > Redirect.Length && endpoint.StartsWith(Redirect, StringComparison.Ordinal) && !endpoint[Redirect.Length..].Contains('/'));
    }
}
