using System.Net;

namespace MatrixEdge.Observability;

/// <summary>The certificate that was met at a port of an address.</summary>
/// <param name="Port">Of TCP.</param>
/// <param name="Serial">In hexadecimal digits, as certificates are listed elsewhere; null when none was met.</param>
/// <param name="Failure">Why none was met, without a final dot; else null.</param>
internal sealed record SeenCertificate(string Host, IPAddress Address, int Port, string? Serial, DateTimeOffset? NotAfter, string? Failure);
