namespace MatrixEdge.Acme;

/// <summary>What the server offers, and where (RFC 8555 §7.1.1).</summary>
/// <param name="NewNonce">Where nonces come from.</param>
/// <param name="NewAccount">Where accounts are made and found.</param>
/// <param name="NewOrder">Where certificates are ordered.</param>
/// <param name="RevokeCert">Where certificates are revoked; null where they cannot be.</param>
/// <param name="KeyChange">Where an account gets another key; null where it cannot.</param>
/// <param name="RenewalInfo">Where renewal windows are told (RFC 9773 §4.1); null where they are not.</param>
/// <param name="Meta">What else the server says about itself.</param>
public sealed record AcmeDirectory(Uri NewNonce, Uri NewAccount, Uri NewOrder, Uri? RevokeCert, Uri? KeyChange, Uri? RenewalInfo, AcmeMeta Meta);
