using MatrixEdge.Doctor.Looking;

namespace MatrixEdge.Doctor.Gathering;

/// <summary>The token service of calls.</summary>
/// <param name="Preflight">The answer to <c>OPTIONS …/sfu/get</c>; null when its host leads nowhere.</param>
/// <param name="Failure">Why it could not be asked; else null.</param>
internal sealed record CallLook(Uri Service, HttpLook? Health, HttpLook? Preflight, string? Failure);
