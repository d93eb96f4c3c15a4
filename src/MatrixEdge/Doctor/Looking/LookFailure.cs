namespace MatrixEdge.Doctor.Looking;

/// <summary>Why there is no answer.</summary>
/// <param name="Words">Without a final dot.</param>
internal sealed record LookFailure(LookFault Fault, string Words);
