namespace MatrixEdge.Proxying.Http1;

/// <summary>Host and port behind the gateway, and what is under way there.</summary>
internal sealed class BackendPlace(Uri address)
{
    private long running;
    private long open;

    public KeyValuePair<string, object?>[] Tags { get; } = [new("server.address", address.IdnHost), new("server.port", address.Port)];

    public long Running => Volatile.Read(ref running);

    public long Open => Volatile.Read(ref open);

    public void NoteRunning(int change) => Interlocked.Add(ref running, change);

    public void NoteOpen(int change) => Interlocked.Add(ref open, change);
}
