namespace MatrixEdge.Beginning;

/// <summary>The questions cannot go on; the message is one line for the operator.</summary>
internal sealed class InterviewEndedException(string message) : Exception(message);
