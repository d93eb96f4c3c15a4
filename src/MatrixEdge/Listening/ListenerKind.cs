namespace MatrixEdge.Listening;

/// <summary>The listener that a connection came in by.</summary>
internal enum ListenerKind
{
    Http,
    Https,
    Federation,
    Admin,
}
