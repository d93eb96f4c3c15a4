namespace MatrixEdge.Acme;

/// <summary>What a certificate is ordered with (RFC 8555 §7.4).</summary>
/// <param name="Identifiers">All names of the certificate, at least one.</param>
public sealed record NewOrder(IReadOnlyList<AcmeIdentifier> Identifiers)
{
    /// <summary>One of the names in <see cref="AcmeMeta.Profiles"/> (draft-aaron-acme-profiles §4); null leaves the choice to the server.</summary>
    public string? Profile { get; init; }

    /// <summary>The certificate that this order renews, as <see cref="AcmeRenewalInfo.CertificateId"/> (RFC 9773 §5); null for none.</summary>
    public string? Replaces { get; init; }

    /// <summary>When the certificate is to become valid; null for now. Let's Encrypt refuses orders that name it.</summary>
    public DateTimeOffset? NotBefore { get; init; }

    /// <summary>When the certificate is to end; null leaves it to the server. Let's Encrypt refuses orders that name it.</summary>
    public DateTimeOffset? NotAfter { get; init; }
}
