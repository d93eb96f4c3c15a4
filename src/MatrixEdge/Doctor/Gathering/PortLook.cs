using System.Net;
using MatrixEdge.Doctor.Looking;

namespace MatrixEdge.Doctor.Gathering;

/// <summary>The certificate at one port of one address.</summary>
/// <param name="Host">For which it was asked for; empty for none, as servers do that connect to an address.</param>
internal sealed record PortLook(string Host, IPEndPoint EndPoint, TlsLook? Tls, LookFailure? Failure);
