namespace MatrixEdge.Website;

/// <summary>By what one state of a file is told from another.</summary>
internal readonly record struct FileLook(string Path, long Length, DateTimeOffset Modified);
