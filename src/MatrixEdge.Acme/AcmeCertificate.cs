using System.Security.Cryptography.X509Certificates;

namespace MatrixEdge.Acme;

/// <summary>A certificate as the server gave it (RFC 8555 §7.4.2). Nothing in it has been checked against the order: whoever uses it must.</summary>
/// <param name="Leaf">The first certificate, without its private key.</param>
/// <param name="Chain">All that followed it, in the server's order; empty when nothing did.</param>
/// <param name="Pem">Leaf and chain in the server's order as PEM, each certificate re-encoded, and nothing but certificates.</param>
/// <param name="Alternates">Where the same leaf can be had with other chains (<c>Link: rel="alternate"</c>).</param>
public sealed record AcmeCertificate(X509Certificate2 Leaf, X509Certificate2Collection Chain, string Pem, IReadOnlyList<Uri> Alternates);
