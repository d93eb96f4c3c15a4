namespace MatrixEdge.Certificates.Ordering;

/// <summary>An account at an authority, as it is kept.</summary>
/// <param name="PrivateKey">PEM. Who has it can order and revoke certificates in the account's name.</param>
/// <param name="Location">Its address (RFC 8555 §7.3); null while the answer to its creation may have been lost.</param>
/// <param name="PendingKey">A key that the account may or may not have got already.</param>
internal sealed record StoredAccount(Uri Directory, string PrivateKey, Uri? Location, string? PendingKey, DateTimeOffset Created);
