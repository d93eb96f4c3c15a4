namespace MatrixEdge.Exporting;

/// <param name="Name">Relative to the directory of the export, with slashes.</param>
internal sealed record ExportedFile(string Name, string Content);
