namespace MatrixEdge.Storage;

/// <summary>The store failed; the message is for the operator: what happened, to what, what to do.</summary>
internal sealed class StoreException(string message, Exception? inner = null) : Exception(message, inner);
