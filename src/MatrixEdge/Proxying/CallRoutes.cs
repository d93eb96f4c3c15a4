namespace MatrixEdge.Proxying;

/// <summary>
/// Which paths of a host that calls have for themselves are the token service's (lk-jwt-service, handler.go); all others are
/// LiveKit's.
/// </summary>
internal static class CallRoutes
{
    private static readonly string[] TokenService = ["/sfu/get", "/get_token", "/delegate_delayed_leave", "/sfu_webhook", "/healthz"];

    /// <param name="path">As it was sent, undecoded, without the query.</param>
    public static bool IsTokenServices(ReadOnlySpan<char> path)
    {
        foreach (var known in TokenService)
        {
            if (path.StartsWith(known, StringComparison.Ordinal) && (path.Length == known.Length || path[known.Length] == '/'))
                return true;
        }

        return false;
    }
}
