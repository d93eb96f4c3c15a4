namespace MatrixEdge.Limiting;

/// <summary>
/// What keeps one client's flood away from everybody else: an allowance per address for what is worth guessing or costs money, and a
/// number of places per site at the homeserver, with a queue before them. Whoever is refused is told until when, as a Matrix error.
/// Relies on the operation that the raw target names and on the client's address as the listener or a trusted proxy gives
/// it. Knows no accounts: who may log in how often is the homeserver's to say.
/// </summary>
internal static class LimitingSetup
{
    public static void AddLimiting(this IServiceCollection services) => services.AddSingleton<RequestLimits>();
}
