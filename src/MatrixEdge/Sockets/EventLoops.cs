namespace MatrixEdge.Sockets;

/// <summary>
/// The gateway's event loops, one for each processor. A client's connection stays with the loop that it was given, and so do, where
/// possible, the connections to the homeserver that its requests go over: what comes from one goes to the other on one thread.
/// </summary>
internal sealed class EventLoops(ILogger<EventLoop> logger) : IDisposable
{
    private const int Most = 16;

    private readonly EventLoop[] loops = [.. Enumerable.Range(0, Math.Clamp(Environment.ProcessorCount, 1, Most)).Select(number => new EventLoop(number, logger))];
    private int next;

    /// <summary>Whether this system has them.</summary>
    public static bool AreThere => OperatingSystem.IsLinux();

    public IReadOnlyList<EventLoop> All => loops;

    /// <summary>The next in turn.</summary>
    public EventLoop Next() => loops[(uint)Interlocked.Increment(ref next) % (uint)loops.Length];

    /// <summary>That of this thread, else the next in turn.</summary>
    public EventLoop Here() => EventLoop.Current is { } here && Array.IndexOf(loops, here) >= 0 ? here : Next();

    public void Dispose()
    {
        foreach (var loop in loops)
            loop.Dispose();
    }
}
