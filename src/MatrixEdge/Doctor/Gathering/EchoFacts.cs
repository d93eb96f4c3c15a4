namespace MatrixEdge.Doctor.Gathering;

/// <summary>What the gateway saw of requests that were sent to it by the public way.</summary>
/// <param name="WhyNot">Why none was sent; null when some were.</param>
internal sealed record EchoFacts(string? WhyNot);
