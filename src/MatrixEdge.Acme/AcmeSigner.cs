namespace MatrixEdge.Acme;

/// <summary>Who signs a request (RFC 8555 §6.2): an account by its URL, or a bare key.</summary>
/// <param name="Key">The key.</param>
/// <param name="Account">The <c>kid</c>; null sends the public key itself as <c>jwk</c>.</param>
internal sealed record AcmeSigner(JwsKey Key, Uri? Account);
