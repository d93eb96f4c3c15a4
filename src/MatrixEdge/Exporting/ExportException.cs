namespace MatrixEdge.Exporting;

/// <summary>It cannot be exported; the message is one line for the operator.</summary>
internal sealed class ExportException(string message) : Exception(message);
