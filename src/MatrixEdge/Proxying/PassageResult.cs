namespace MatrixEdge.Proxying;

/// <summary>How a passage ended, and the exception that ended it if there was one.</summary>
internal readonly record struct PassageResult(PassageEnd End, Exception? Exception = null);
