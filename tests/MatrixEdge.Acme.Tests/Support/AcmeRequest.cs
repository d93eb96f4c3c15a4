namespace MatrixEdge.Acme.Tests.Support;

/// <summary>What a client asks of a certificate authority (RFC 8555 §7.1, RFC 9773), told from the paths that Pebble gives out.</summary>
internal enum AcmeRequest
{
    Other,
    Directory,
    NewNonce,
    NewAccount,
    Account,
    Orders,
    NewOrder,
    Order,
    Authorization,
    Challenge,
    Finalize,
    Certificate,
    RenewalInfo,
    KeyChange,
    Revocation,
}
