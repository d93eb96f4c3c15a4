namespace MatrixEdge.Observability;

/// <summary>Writes the entries of the access log. Any number of threads may call it.</summary>
internal interface IAccessWriter
{
    /// <summary>Whether a write may take its time. Then it is not for the thread of an event loop.</summary>
    bool MayWait { get; }

    void Write(in AccessEntry entry);
}
