using System.Security.Authentication;

namespace MatrixEdge.Doctor.Looking;

/// <summary>A handshake that was completed.</summary>
internal sealed record TlsLook(CertificateLook Certificate, SslProtocols Protocol);
