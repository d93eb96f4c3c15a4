namespace MatrixEdge.Acme;

/// <summary>What a new account is asked for with (RFC 8555 §7.3).</summary>
public sealed record NewAccount
{
    /// <summary>Contact URIs, usually <c>mailto:…</c>; may be empty.</summary>
    public IReadOnlyList<string> Contacts { get; init; } = [];

    /// <summary>Whether a human has read and accepted <see cref="AcmeMeta.TermsOfService"/>.</summary>
    public bool TermsOfServiceAgreed { get; init; }

    /// <summary>The account at the certificate authority to bind this one to (RFC 8555 §7.3.4); null for none.</summary>
    public ExternalAccountBinding? ExternalAccountBinding { get; init; }
}
