namespace MatrixEdge.Sockets;

/// <summary>What an event loop tells of a descriptor's state.</summary>
internal interface ILoopHandler
{
    /// <summary>Called by the loop's thread, which does nothing else meanwhile.</summary>
    /// <param name="events">Of epoll's, such as <see cref="Posix.In"/>.</param>
    void OnEvents(uint events);
}
