namespace MatrixEdge.Sockets;

/// <summary>
/// Connections without changes of threads: an event loop for each processor waits for all sockets at once, and whoever waited for one goes on by
/// the loop's thread. Relies on Linux (epoll) and knows neither TLS nor HTTP; elsewhere .NET's own sockets have to do. What may wait by itself,
/// a file or somebody's log, never runs there: it leaves first (<see cref="EventLoop.LeaveAsync"/>).
/// </summary>
internal static class SocketsSetup
{
    public static void AddSockets(this IServiceCollection services)
    {
        if (EventLoops.AreThere)
            services.AddSingleton<EventLoops>();
    }
}
