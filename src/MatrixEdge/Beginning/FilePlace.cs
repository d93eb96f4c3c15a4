namespace MatrixEdge.Beginning;

/// <summary>A line of a homeserver's configuration file.</summary>
/// <param name="File">As the operator named it.</param>
/// <param name="Line">From 1.</param>
internal readonly record struct FilePlace(string File, int Line)
{
    public override string ToString() => $"{File}, line {Line}";
}
