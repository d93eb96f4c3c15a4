namespace MatrixEdge.Idling;

/// <summary>
/// What the gateway does when nothing is asked of it: it gives memory back that only the start, or a busy time, had a use for. Relies on
/// nothing but the runtime and the kernel, and nobody depends on it. Never gives back what holds anything that is not in a file.
/// </summary>
internal static class IdlingSetup
{
    public static void AddIdling(this IServiceCollection services) => services.AddHostedService<IdleMemory>();
}
