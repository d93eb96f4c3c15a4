namespace MatrixEdge.Configuration;

/// <summary>What kind of key a certificate gets; named as in JSON Web Algorithms (RFC 7518 §3.1), as users of LettuceEncrypt know them.</summary>
internal enum CertificateKeyAlgorithm
{
    /// <summary>ECDSA on P-256: small and fast, understood by everything that speaks TLS 1.2.</summary>
    ES256,

    /// <summary>ECDSA on P-384.</summary>
    ES384,

    /// <summary>RSA with 2048 bits, for very old clients.</summary>
    RS256,
}
