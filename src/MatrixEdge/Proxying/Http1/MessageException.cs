namespace MatrixEdge.Proxying.Http1;

/// <summary>A message cannot be passed on as it is: an answer that is no HTTP/1.1, or a request that would not be one. The message says why, without what it held.</summary>
internal sealed class MessageException(string message) : Exception(message);
