namespace MatrixEdge.Sites;

/// <summary>Why a request was most likely not served.</summary>
/// <param name="Words">What is known of it and what to do, for an operator, without a final dot.</param>
internal sealed record Refusal(RefusalCause Cause, string Words);
