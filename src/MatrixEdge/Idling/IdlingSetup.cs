namespace MatrixEdge.Idling;

/// <summary>
/// What the gateway does when nothing is asked of it: it gives memory back that only the start, or a busy time, had a use for. Relies on
/// nothing but the runtime and the kernel, and nobody depends on it. Never gives back what holds anything that is not in a file.
/// </summary>
internal static class IdlingSetup
{
    // By the system's own clock always: that something stood still for seconds must be true of the process, not of a clock that is moved by hand.
    public static void AddIdling(this IServiceCollection services) =>
        services.AddHostedService(provider => new IdleMemory(TimeProvider.System, provider.GetRequiredService<ILogger<IdleMemory>>()));
}
