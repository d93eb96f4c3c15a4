namespace MatrixEdge.Observability;

/// <summary>Writes the entries of the access log. Any number of threads may call it.</summary>
internal interface IAccessWriter
{
    void Write(in AccessEntry entry);
}
