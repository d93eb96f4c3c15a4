namespace MatrixEdge.Acme;

/// <summary>An account as the server describes it (RFC 8555 §7.1.2).</summary>
/// <param name="Location">The account's URL, the <c>kid</c> of what it signs. Keep it beside the key.</param>
/// <param name="Status">Whether it may order certificates.</param>
/// <param name="Contacts">Contact URIs as the server has them, e.g. <c>mailto:admin@example.org</c>; a server may keep none.</param>
/// <param name="Orders">Where its orders are listed (RFC 8555 §7.1.2.1); null where the server offers no list.</param>
/// <param name="IsNew">Whether this very request made it (201) or found it (200).</param>
public sealed record AcmeAccount(Uri Location, AcmeAccountStatus Status, IReadOnlyList<string> Contacts, Uri? Orders, bool IsNew);
